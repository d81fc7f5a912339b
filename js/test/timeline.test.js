import assert from 'node:assert/strict'
import { test } from 'node:test'
import { importTypeScript } from './bundle.js'

const { Model } = await importTypeScript('devtools/model.ts')
const { describe, describeLane } = await importTypeScript('devtools/describe.ts')
const { formatSpan, spanOf, ticks } = await importTypeScript('devtools/scale.ts')
const { groupLabels, layOut } = await importTypeScript('devtools/layout.ts')

const T = 1_700_000_000_000

/** A model that was told a story: lines of 'milliseconds type name=value …'. */
function tell(...lines) {
  const model = new Model()
  for (const line of lines) add(model, line)
  return model
}

function add(model, line) {
  const [at, type, ...details] = line.split(' ')
  const event = { at: T + Number(at), client: 'demo', type }
  for (const detail of details) {
    const [name, value] = detail.split('=')
    event[name] =
      value === 'true'
        ? true
        : value === 'false'
          ? false
          : Number.isNaN(Number(value))
            ? value
            : Number(value)
  }
  return model.add(event)
}

const kinds = (lane) => lane.segments.map((segment) => segment.kind)

test('a request that is answered at once', () => {
  const model = tell(
    '0 request.start id=1 method=GET url=http://api.test/me',
    '1 request.send id=1 attempt=1',
    '9 request.answer id=1 attempt=1 status=200',
    '10 request.done id=1 status=200',
  )
  const [lane] = model.bursts[0].lanes
  assert.deepEqual(lane.segments, [{ kind: 'sent', from: T + 1, to: T + 9 }])
  assert.equal(lane.status, 200)
  assert.equal(lane.to, T + 10)
  assert.equal(model.running, false)
})

test('a request that meets a 401, waits and is sent again', () => {
  const model = tell(
    '0 request.start id=1 method=POST url=http://api.test/echo',
    '1 request.send id=1 attempt=1',
    '9 request.answer id=1 attempt=1 status=401',
    '10 refresh.start reason=rejected',
    '10 request.wait id=1 reason=refresh',
    '12 refresh.lock',
    '13 refresh.send attempt=1',
    '60 refresh.done',
    '61 request.send id=1 attempt=2',
    '70 request.answer id=1 attempt=2 status=200',
    '70 request.done id=1 status=200',
  )
  const [{ lanes, refreshes }] = model.bursts
  assert.deepEqual(kinds(lanes[0]), ['refused', 'wait', 'renewed'])
  assert.equal(refreshes[0].outcome, 'done')
  assert.deepEqual(
    refreshes[0].steps.map(({ kind, from, to }) => [kind, from - T, to - T]),
    [
      ['queue', 10, 12],
      ['send', 13, 60],
    ],
  )
  assert.deepEqual(model.counts, { requests: 1, waited: 1, replays: 1, refreshes: 1, adopted: 0, failed: 0 })
  assert.equal(
    describeLane(lanes[0]),
    'sent, refused 8 ms → waited (refresh) 51 ms → sent with the new token 9 ms → 200',
  )
})

test('a request that waits first is sent with the new token', () => {
  const model = tell(
    '0 request.start id=1',
    '0 request.wait id=1 reason=refresh',
    '5 request.send id=1 attempt=1',
    '9 request.answer id=1 attempt=1 status=200',
    '9 request.done id=1 status=200',
  )
  assert.deepEqual(kinds(model.bursts[0].lanes[0]), ['wait', 'renewed'])
  assert.equal(model.counts.waited, 1)
  assert.equal(model.counts.replays, 0)
})

test('waiting for the module is no waiting for a refresh', () => {
  const model = tell(
    '0 request.start id=1',
    '0 request.wait id=1 reason=ready',
    '5 request.send id=1 attempt=1',
  )
  assert.deepEqual(kinds(model.bursts[0].lanes[0]), ['wait', 'sent'])
  assert.equal(model.counts.waited, 0)
})

test('a 401 that is handed back was refused all the same', () => {
  const model = tell(
    '0 request.start id=1',
    '0 request.send id=1 attempt=1',
    '5 request.answer id=1 attempt=1 status=401',
    '5 request.done id=1 status=401',
  )
  assert.deepEqual(kinds(model.bursts[0].lanes[0]), ['refused'])
})

test('an untouched request, whether or not its sending is told too', () => {
  const model = tell(
    '0 request.start id=1',
    '0 request.untouched id=1',
    '1 request.send id=1 attempt=1',
    '3 request.start id=2',
    '3 request.untouched id=2',
  )
  assert.deepEqual(kinds(model.bursts[0].lanes[0]), ['untouched', 'untouched'])
  assert.deepEqual(kinds(model.bursts[0].lanes[1]), ['untouched'])
})

test('a request that fails', () => {
  const model = tell(
    '0 request.start id=1',
    '0 request.send id=1 attempt=1',
    '4 request.fail id=1 name=TypeError',
  )
  const [lane] = model.bursts[0].lanes
  assert.equal(lane.failure, 'TypeError')
  assert.equal(lane.segments[0].to, T + 4)
  assert.equal(model.counts.failed, 1)
  assert.equal(model.running, false)
})

test('a refresh that is tried again', () => {
  const model = tell(
    '0 refresh.start reason=expired',
    '1 refresh.lock',
    '2 refresh.send attempt=1',
    '9 refresh.retry attempt=2 delay=50 status=503',
    '59 refresh.send attempt=2',
    '70 refresh.done',
  )
  const [refresh] = model.bursts[0].refreshes
  assert.deepEqual(
    refresh.steps.map((step) => step.kind),
    ['queue', 'send', 'pause', 'send'],
  )
  assert.match(describe(model.bursts[0], []), /One refresh, at try 2, 70 ms\./)
})

for (const [transient, outcome, words] of [
  [true, 'postponed', /the session stays/],
  [false, 'failed', /the session is over/],
]) {
  test(`a refresh that fails with transient ${transient} is ${outcome}`, () => {
    const model = tell(
      '0 refresh.start',
      `5 refresh.fail code=refresh_failed transient=${transient} status=400`,
    )
    assert.equal(model.bursts[0].refreshes[0].outcome, outcome)
    assert.match(describe(model.bursts[0], []), words)
    assert.equal(model.running, false)
  })
}

test('a refresh that another tab had done', () => {
  const model = tell('0 refresh.start reason=rejected', '5 refresh.lock', '6 refresh.adopt')
  assert.equal(model.bursts[0].refreshes[0].outcome, 'adopted')
  assert.equal(model.counts.adopted, 1)
  assert.equal(model.counts.refreshes, 0)
  assert.equal(model.running, false)
})

test('quiet divides bursts, and a request under way does not', () => {
  const model = tell('0 request.start id=1', '2 request.done id=1 status=200', '400 request.start id=2')
  assert.equal(model.bursts.length, 1)
  add(model, '5000 request.start id=3')
  assert.equal(model.bursts.length, 1, 'request 2 is still under way')
  add(model, '5001 request.done id=2 status=200')
  add(model, '5002 request.done id=3 status=200')
  add(model, '5600 request.start id=4')
  assert.equal(model.bursts.length, 2)
})

test('markers belong to the bursts around them and start none', () => {
  const model = tell('0 session.signin remote=false')
  assert.equal(model.bursts.length, 0)
  assert.equal(describe(null, model.markers), 'Signed in.')
  add(model, '1000 request.start id=1')
  add(model, '1010 request.done id=1 status=200')
  add(model, '3000 session.refresh remote=true')
  add(model, '9000 request.start id=2')
  const [first, second] = model.bursts
  assert.deepEqual(
    model.markersOf(first).map((marker) => marker.kind),
    ['signin', 'refresh'],
  )
  assert.deepEqual(
    model.markersOf(second).map((marker) => marker.kind),
    ['refresh'],
  )
  assert.match(describe(first, model.markersOf(first)), /Then: refreshed in another tab\.$/)
})

test('a refresh of this tab is a band and no marker', () => {
  assert.equal(tell('0 session.refresh remote=false').markers.length, 0)
})

test('times without a network', () => {
  const model = tell('0 mark.offline', '100 mark.online', '200 mark.offline')
  const spans = model.offlineWithin(T + 50, T + 300).map(({ from, to }) => [from - T, to - T])
  assert.deepEqual(spans, [
    [0, 100],
    [200, Infinity],
  ])
  assert.deepEqual(model.offlineWithin(T + 120, T + 180), [])
})

test('what is unknown, or comes too late, changes nothing', () => {
  const model = tell('0 request.start id=1', '1 request.done id=1 status=200')
  for (const line of [
    '2 request.answer id=1 status=200',
    '2 request.teleport id=1',
    '2 nonsense',
    '2 moon.rise',
    '2 session.yawn',
    '2 mark.up',
    '2 refresh.done',
  ]) {
    assert.equal(add(model, line), false, line)
  }
  assert.equal(model.bursts[0].last, T + 1)
})

test('two clients may number their requests alike', () => {
  const model = new Model()
  for (const client of ['a', 'b']) model.add({ at: T, client, type: 'request.start', id: 1 })
  model.add({ at: T + 1, client: 'a', type: 'request.done', id: 1, status: 204 })
  assert.deepEqual(
    model.bursts[0].lanes.map((lane) => lane.status),
    [204, null],
  )
})

test('eighty requests are kept', () => {
  const model = new Model()
  for (let i = 0; i < 60; i++) add(model, `${i} request.start id=${i}`)
  for (let i = 0; i < 60; i++) add(model, `${60 + i} request.done id=${i} status=200`)
  for (let i = 60; i < 130; i++) add(model, `${10_000 + i} request.start id=${i}`)
  assert.deepEqual(
    model.bursts.map((burst) => burst.lanes.length),
    [10, 70],
  )
  for (let i = 130; i < 160; i++) add(model, `${10_000 + i} request.start id=${i}`)
  assert.deepEqual(
    model.bursts.map((burst) => burst.lanes.length),
    [80],
  )
  assert.equal(model.counts.requests, 160)
})

test('a burst in words', () => {
  const lines = []
  for (let id = 1; id <= 3; id++) {
    lines.push(`${id} request.start id=${id}`, `${id} request.send id=${id} attempt=1`)
    lines.push(`${10 + id} request.answer id=${id} attempt=1 status=${id === 3 ? 200 : 401}`)
    if (id < 3) lines.push(`${20 + id} request.send id=${id} attempt=2`)
    lines.push(`${30 + id} request.done id=${id} status=200`)
  }
  assert.equal(
    describe(tell(...lines).bursts[0], []),
    '3 requests: 2 met a 401 and were sent again, all answered 200 in 32 ms.',
  )
  assert.equal(describe(tell('0 request.start id=1').bursts[0], []), '1 request: under way.')
})

test('clear forgets everything', () => {
  const model = tell('0 request.start id=1', '0 refresh.start', '0 mark.expired')
  model.clear()
  assert.deepEqual([model.bursts, model.markers, model.running, model.counts.requests], [[], [], false, 0])
})

test('times in words', () => {
  for (const [ms, words] of [
    [0, '0 ms'],
    [3.14, '3.1 ms'],
    [9.96, '10 ms'],
    [312.4, '312 ms'],
    [999.6, '1 s'],
    [1234, '1.23 s'],
    [12_340, '12.3 s'],
    [60_000, '1 min'],
    [125_000, '2 min'],
  ]) {
    assert.equal(formatSpan(ms), words)
  }
})

test('ticks are round, few, and within the span', () => {
  for (const length of [0.5, 40, 333, 1234, 90_000]) {
    const span = { from: T - length * 0.03, to: T + length }
    const places = ticks(span, T, 8)
    assert.ok(places.length >= 2 && places.length <= 9, `${length}: ${places}`)
    assert.ok(places.includes(0))
    assert.ok(places.every((place) => T + place >= span.from && T + place <= span.to))
  }
})

test('a span has all of a burst in it, and room while it runs', () => {
  const settled = spanOf(T, T + 100, T + 5000, false)
  assert.ok(settled.from < T && settled.to > T + 100 && settled.to < T + 120)
  const running = spanOf(T, T + 100, T + 5000, true)
  assert.ok(running.to > T + 5000 && running.to < T + 10_000)
  const quick = spanOf(T, T + 2, T + 2, false)
  assert.ok(quick.to - quick.from >= 40)
})

test('lanes fit, however many there are', () => {
  for (const count of [0, 1, 4, 50, 80]) {
    for (const [width, height] of [
      [1000, 400],
      [340, 340],
    ]) {
      const layout = layOut(count, width, height)
      assert.ok(layout.lanesTop + count * layout.pitch <= layout.lanesBottom + 0.01)
      assert.ok(layout.laneHeight > 2)
      assert.ok(layout.left < layout.right)
    }
  }
  assert.equal(layOut(4, 1000, 400).roomy, true)
  assert.equal(layOut(50, 1000, 400).roomy, false)
})

test('like requests that stand together share a label', () => {
  const model = tell(
    '0 request.start id=1 method=GET url=http://api.test/api/items',
    '0 request.start id=2 method=GET url=http://api.test/api/items',
    '0 request.start id=3 method=POST url=http://api.test/api/echo',
  )
  const { lanes } = model.bursts[0]
  assert.deepEqual(groupLabels(lanes, false), [
    { text: 'GET /api/items', first: 0, count: 2 },
    { text: 'POST /api/echo', first: 2, count: 1 },
  ])
  assert.deepEqual(
    groupLabels(lanes, true).map((group) => group.text),
    ['items', 'echo'],
  )
})
