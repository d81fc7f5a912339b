// Changes TinyGo's runtime so that it collects garbage only while no goroutine is
// running:   node patch.mjs TINYGOROOT
//
// On wasm a collector cannot see what functions keep in their local variables, so
// TinyGo's compiler has every function note its pointers in memory: a quarter of
// our module. A goroutine that is suspended keeps all of them in its own stack on
// the heap, though, and JavaScript enters the module for less than a millisecond
// at a time. So we have the compiler leave those notes out, which it does for
// -gc=leaking alone, let that name stand for the conservative collector, take
// memory from the browser where there is none left, and collect when the module
// has nothing to do. Goroutines that have ended pass their stacks on.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const src = join(process.argv[2], 'src')

/** Replaces texts that must be there, once each. */
function edit(file, ...changes) {
  const path = join(src, file)
  let text = readFileSync(path, 'utf8')
  for (const [from, to] of changes) {
    if (text.split(from).length !== 2) throw new Error(`${path} is not what it was: ${from}`)
    text = text.replace(from, () => to)
  }
  writeFileSync(path, text)
}

const runtime = join(src, 'runtime')
for (const file of ['gc_leaking.go', 'gc_leaking_uefi.go']) rmSync(join(runtime, file))
for (const name of readdirSync(runtime).filter((name) => /^gc_.*\.go$/.test(name))) {
  const path = join(runtime, name)
  const text = readFileSync(path, 'utf8')
  writeFileSync(
    path,
    text.replace(/^\/\/go:build .*$/m, (line) => line.replace('gc.conservative', 'gc.conservative || gc.leaking')),
  )
}

edit(
  'runtime/gc_stack_portable.go',
  // There is no chain of notes.
  [
    `	volatile.LoadUint32((*uint32)(unsafe.Pointer(&stackChainStart)))
`,
    '',
  ],
  ['	"runtime/volatile"\n', ''],
  ['//go:extern runtime.stackChainStart\n', ''],
)
edit(
  'runtime/gc_blocks.go',
  [
    `		if !ranGC {
			// Run the collector and try again.
			freeBytes := runGC()
			ranGC = true
			heapSize := uintptr(metadataStart) - heapStart
			if freeBytes < heapSize/3 {
				// Ensure there is at least 33% headroom.
				// This percentage was arbitrarily chosen, and may need to
				// be tuned in the future.
				growHeap()
			}
			continue
		}
`,
    '',
  ],
  ['	var ranGC bool\n', ''],
  [
    '	gcMallocs++\n\n	// Acquire',
    '	gcMallocs++\n	allocatedSinceGC += rawSize\n\n	// Acquire',
  ],
  [
    '// GC performs a garbage collection cycle.\n',
    `var allocatedSinceGC uintptr // bytes

// idleGC collects where that is worth it. No goroutine is running.
func idleGC() bool {
	if allocatedSinceGC < (uintptr(metadataStart)-heapStart)/2 {
		return false
	}
	allocatedSinceGC = 0
	GC()
	return true
}

// GC performs a garbage collection cycle.
`,
  ],
)
edit('runtime/scheduler_cooperative.go', [
  `			if task.Current() == nil && finalizerIdleGC != nil && finalizerIdleGC() {
				continue
			}
`,
  `			if task.Current() == nil && (idleGC() || finalizerIdleGC != nil && finalizerIdleGC()) {
				continue
			}
`,
], [
  `func exitGoroutine() {
	if finalizerIdleGC != nil {
		task.MarkFinishing()
	}
`,
  `func exitGoroutine() {
	task.MarkFinishing()
`,
])
edit(
  'internal/task/task_asyncify.go',
  [
    '	stack := runtime_alloc(stackSize, nil)\n',
    `	stack := spare.take(stackSize)
	if stack == nil {
		stack = runtime_alloc(stackSize, nil)
	}
`,
  ],
  [
    '// start creates and starts',
    `// spare keeps a few stacks of goroutines that have ended, for those to come.
var spare stacks

type stacks struct {
	size  uintptr
	count int
	kept  [8]unsafe.Pointer
}

func (s *stacks) take(size uintptr) unsafe.Pointer {
	if s.count == 0 || s.size != size {
		return nil
	}
	s.count--
	stack := s.kept[s.count]
	s.kept[s.count] = nil
	return stack
}

func (s *stacks) put(stack unsafe.Pointer, size uintptr) {
	if s.count < len(s.kept) && (s.count == 0 || s.size == size) {
		s.size = size
		s.kept[s.count] = stack
		s.count++
	}
}

// start creates and starts`,
  ],
  [
    `		t.clearStack()
		t.state.args = nil
`,
    `		t.clearStack()
		t.state.args = nil
		spare.put(unsafe.Pointer(t.state.canaryPtr), uintptr(t.state.top)-uintptr(unsafe.Pointer(t.state.canaryPtr)))
		t.state.canaryPtr, t.state.asyncifysp, t.state.csp, t.state.top = nil, nil, nil, nil
`,
  ],
)
