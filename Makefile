# What people run by name. `make check` is what CI runs.

.PHONY: demo test test-browser check bench fuzz new-audit org

# A whole audit of the org that is built in. It finds gaps on purpose, hence the '|| test'.
demo:
	cargo run --quiet -- audit --demo || test $$? -eq 1

test:
	cargo test

check:
	cargo fmt --check
	cargo clippy --all-targets -- -D warnings
	$(MAKE) test

# The HTML report in a real Chromium; needs Node.js 20 and /usr/bin/chromium, or CHROMIUM=<path>.
test-browser:
	cargo build --quiet
	cd tests/browser && npm ci --silent && npm test --silent

# Figures as ratios against a floor measured in the same run.
bench:
	cargo bench

# Each reader of what others wrote, for so many seconds: make fuzz SECONDS=60 TARGETS="mapping formula"
fuzz:
	sh tests/fuzz/run.sh $(or $(SECONDS),60) $(if $(TARGETS),"$(TARGETS)")

# make new-audit NAME=owner-inactive TYPE=5
new-audit:
	@sh tests/new_audit.sh "$(NAME)" "$(TYPE)"

# A simulated Salesforce org to try every command on; prints the environment that leads permgap to it. Ctrl-C stops it.
# make org PORT=8080
org:
	cargo run --quiet --example org -- $(or $(PORT),8080)
