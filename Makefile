# authfetch. This file is the index of the project: `make` lists what there is.
# It needs Go, Node (20 or later) and make, and installs the rest.

CACHE := $(or $(AUTHFETCH_CACHE),$(or $(XDG_CACHE_HOME),$(HOME)/.cache)/authfetch)
STATICCHECK_VERSION := v0.8.2
STATICCHECK := $(CACHE)/staticcheck-$(STATICCHECK_VERSION)/staticcheck

# A large environment breaks Go's wasm runner: it gets the little that it needs.
WASM_TEST := env -i PATH="$(PATH)" HOME="$(HOME)" GOFLAGS="$(GOFLAGS)" GOOS=js GOARCH=wasm \
	go test -exec="$(shell go env GOROOT)/lib/wasm/go_js_wasm_exec"

WASM_SOURCE := go.mod go.sum $(shell find wasm -name '*.go' -not -name '*_test.go' -not -path '*/sim/*')
JS_SOURCE := $(shell find js/src -type f) js/build.js js/glue.js js/go-module.js js/budget.js js/budget.json js/tsconfig.json js/package.json README.md CHANGELOG.md LICENSE
PACKAGE := js/dist/toolchain.txt
GO_PACKAGE := js/dist-go/toolchain.txt
PACKED := e2e/hosts/node_modules/authfetch/package.json

.DEFAULT_GOAL := help
# So that a build that fails its budget is not taken for a finished one.
.DELETE_ON_ERROR:
.PHONY: help demo build toolchain tinygo test lint test-go test-wasm test-js test-web test-browser test-browser-go test-browsers test-hosts size bench docs soak fuzz clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

demo: $(PACKAGE) web/node_modules ## the demo, at an address that it prints
	@cd web && npm start --silent

build: $(PACKAGE) ## the npm package, in js/dist

# What ships is TinyGo's. Where it cannot be had, the tests run on Go's build.
# A package that was built for want of it is built anew once it is there.
toolchain:
	@if .ci/tinygo/install >/dev/null; then ! grep -qs '^go ' $(PACKAGE) || rm $(PACKAGE); else printf '\n*** NO TINYGO: THE TESTS RUN ON WHAT GO BUILDS, WHICH IS FIFTEEN TIMES LARGER ***\n\n'; fi

tinygo: ## installs the pinned TinyGo, which makes the module fifteen times smaller (Debian, root)
	.ci/tinygo/install

test: toolchain lint test-go test-wasm test-js test-web test-browser test-hosts ## everything that must pass

lint: $(PACKAGE) js/node_modules web/node_modules e2e/node_modules $(STATICCHECK) ## gofmt, vet, staticcheck, eslint, prettier, tsc
	@test -z "$$(gofmt -l wasm .ci)" || { gofmt -d wasm .ci; exit 1; }
	go vet ./wasm/...
	GOOS=js GOARCH=wasm go vet ./wasm/...
	$(STATICCHECK) ./wasm/...
	GOOS=js GOARCH=wasm $(STATICCHECK) ./wasm/...
	cd js && npm run --silent lint
	js/node_modules/.bin/tsc --noEmit -p web
	cd e2e && npm run --silent lint

test-go: ## the rules, natively: with the race detector, and many simulated tabs without it
	go test -race ./wasm/...
	go test ./wasm/internal/sim -skip TestSeeds
	go test ./wasm/internal/sim -run TestSeeds -v

test-wasm: ## what meets JavaScript, compiled to wasm, in Node
	$(WASM_TEST) ./wasm/internal/doc ./wasm/internal/endpoint ./wasm/internal/jsx ./wasm/internal/token

test-js: $(PACKAGE) ## the package, in Node
	cd js && npm test --silent

test-web: web/node_modules ## the demo's server and timeline
	cd web && npm test --silent

test-browser: $(PACKAGE) web/node_modules e2e/node_modules ## everything together, in Chromium, on TinyGo's build and on Go's
	cd web && npm run --silent build
	cd e2e && AUTHFETCH_CHROMIUM="$$(node browser.js)" npm test --silent
	@if grep -q ^tinygo $(PACKAGE); then $(MAKE) --no-print-directory test-browser-go; \
	else printf '\n*** NO TINYGO: THAT WAS GO'"'"'S BUILD, AND WHAT SHIPS IS NOT TESTED ***\n\n'; fi

test-browser-go: $(GO_PACKAGE) e2e/node_modules ## the same on the build of Go's own compiler
	cd e2e && AUTHFETCH_DIST=dist-go AUTHFETCH_CHROMIUM="$$(node browser.js)" npm test --silent

size: $(PACKAGE) e2e/bench/node_modules ## where the bytes are, beside what others weigh: make size FUNCTIONS=40
	cd e2e/bench && AUTHFETCH_TINYGO="$$(../../.ci/tinygo/install --check)" FUNCTIONS="$(FUNCTIONS)" node size/report.js

bench: $(PACKAGE) $(GO_PACKAGE) e2e/node_modules e2e/bench/node_modules ## measures speed beside others, writes js/docs: make bench BENCH=quick
	cd e2e/bench && AUTHFETCH_CHROMIUM="$$(node ../browser.js)" AUTHFETCH_TINYGO="$$(../../.ci/tinygo/install --check)" BENCH="$(BENCH)" node bench.js

test-browsers: $(PACKAGE) e2e/node_modules ## behaviour in Firefox and WebKit, Playwright's own or Debian's: make test-browsers BROWSER=webkit
	cd e2e && node browsers/install.js && npm run --silent test:browsers -- $(if $(BROWSER),--project=$(BROWSER))

test-hosts: $(PACKED) e2e/node_modules ## the package in projects of Vite, webpack, Rollup, esbuild, Next.js, workers, Node
	cd e2e && AUTHFETCH_CHROMIUM="$$(node browser.js)" npm run --silent test:hosts

docs: js/node_modules ## writes the API reference, js/docs/api, from the types
	cd js && node reference.js

soak: ## the simulator, for as long as SOAK says: make soak SOAK=1h
	go test ./wasm/internal/sim -run TestSoak -soak $(or $(SOAK),10m) -timeout 0 -v

# A finding leaves its input. Before Go 1.27 a target also fails now and then when its time
# is up, and leaves none: https://go.dev/issue/75804.
fuzz: $(PACKAGE) ## everything that reads foreign bytes, each for as long as FUZZ says: make fuzz FUZZ=5m
	@grep -rHo '^func Fuzz[A-Za-z]*' wasm --include='*_test.go' | sed 's|\(.*\)/[^/]*:func \(.*\)|\1 \2|' | \
	while read -r package target; do echo "$$target"; \
		go test "./$$package" -run "^$$target\$$" || exit 1; \
		go test "./$$package" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(or $(FUZZ),30s) -timeout 0 || \
			! test -d "$$package/testdata/fuzz/$$target" || exit 1; done
	cd js && FUZZ_RUNS=30000 node --test test/options.fuzz.test.js

clean: ## what was built
	rm -rf js/dist js/dist-go web/dist e2e/test-results e2e/hosts/*/dist e2e/hosts/next/.next

# Written last by the build, so that it is newer than everything else there.
$(PACKAGE): $(WASM_SOURCE) $(JS_SOURCE) js/node_modules
	cd js && AUTHFETCH_TINYGO="$$(../.ci/tinygo/install --check)" npm run --silent build

# The same source by Go's own compiler, whose glue differs, so that it is a build of its
# own. It is tested and compared, and never packed.
$(GO_PACKAGE): $(WASM_SOURCE) $(JS_SOURCE) js/node_modules
	cd js && AUTHFETCH_DIST=dist-go AUTHFETCH_TINYGO= npm run --silent build

# The projects share one install, and get the package as npm would unpack it: their lock
# file cannot name a tarball that each build makes anew.
$(PACKED): $(PACKAGE) e2e/hosts/node_modules
	rm -rf $(@D)
	mkdir $(@D)
	tar -xzf "e2e/hosts/$$(cd js && npm pack --silent --pack-destination ../e2e/hosts)" -C $(@D) --strip-components=1
	rm e2e/hosts/authfetch-*.tgz
	@touch $@

%/node_modules: %/package-lock.json
	cd $* && npm ci --no-fund --no-audit --loglevel=error
	@touch $@

$(STATICCHECK):
	GOBIN=$(dir $@) go install honnef.co/go/tools/cmd/staticcheck@$(STATICCHECK_VERSION)
