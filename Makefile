# The one habit for running things. Everything is built with one profile into one target directory,
# so that demo, lint and tests share their work.

.PHONY: help setup demo test test-full bench lint docs clean

help:          ## this list
	@sed -n 's/^\([a-z-]*\): .*## /\1\t/p' Makefile | expand -t 12

setup:         ## install Verilator, a C++ compiler and zlib if they are missing
	@scripts/setup.sh

test: setup lint docs    ## everything that must hold: formats, lints, documentation, tests
	scripts/test.sh

lint:          ## formatting and lints of the Rust code
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings

docs:          ## API documentation; broken links are errors
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet
