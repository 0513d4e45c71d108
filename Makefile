# The one habit for running things. Everything is built with one profile into one target directory,
# so that demo, lint and tests share their work.

.PHONY: help setup demo bitstream faults test test-opencl test-full bench bench-cpu fuzz formal equivalence xclbin hdk check-flows resources \
	lint lint-rust lint-verilog digests docs clean

help:          ## this list
	@sed -n 's/^\([a-z-]*\):.* ## *\(.*\)/\1\t\2/p' Makefile | expand -t 14

setup:         ## install Verilator, a C++ compiler and zlib if they are missing
	@scripts/setup.sh

demo: setup    ## prove a batch of one trade on simulated hardware and on the CPU, and compare
	@echo "demo: building (the first time, Verilator turns each kernel into C++)"
	cargo build -p vegalith-cli
	cargo run --quiet -p vegalith-cli -- demo

bitstream:     ## an image and its manifest: make bitstream PRESET=ntt-goldilocks-ecp5 BOARD=ecp5-evn
	@scripts/bitstream.sh "$(PRESET)" "$(BOARD)"

test: setup lint-rust docs  ## everything that must hold: formats, lints, digests, documentation, tests
	scripts/verilog.sh lint digests flows
	scripts/test.sh

test-opencl: setup  ## the OpenCL transport on XRT without a card and, with real results, on PoCL
	scripts/setup-opencl.sh
	cargo test -p vegalith-driver --features xrt --lib --test xrt --test pocl

test-full: setup  ## the long runs too: larger proofs, and synthesisable multipliers in simulation
	cargo test --workspace --no-fail-fast -- --include-ignored
	cargo test -p vegalith-sim --features synth-leaves --no-fail-fast

faults: setup  ## 100,000 faults between driver and kernels, one table: FAULTS=… SEED=…; about an hour
	cargo run --quiet -p vegalith-driver --features pcie,serial,sim --example faults -- $(or $(FAULTS),100000) $(or $(SEED),1)

formal:        ## SymbiYosys proofs of queues, token merge, AXI and modular arithmetic, with seeded bugs
	@scripts/formal.sh

equivalence: setup  ## a synthesised netlist runs the jobs of its Verilog: same results, same cycles
	@scripts/equivalence.sh $(PRESET)

bench: setup   ## criterion benches of MSM and NTT: arkworks, the CPU backend, the simulation
	cargo bench -p vegalith-benches

bench-cpu: ROUNDS ?= 5
bench-cpu: LOG_SIZES ?= 16,18,20
bench-cpu:     ## the CPU backend, arkworks and other libraries on equal operands, in turns, on one CPU and on two: ROUNDS=5 LOG_SIZES=16,18,20
	for cpus in 1 2; do RUSTFLAGS="-C target-cpu=native" CARGO_TARGET_DIR=$${CARGO_TARGET_DIR:-target}/native \
		cargo run --release --quiet -p vegalith-benches --features peers --example cpu -- --cpus $$cpus \
		--rounds $(ROUNDS) --log-sizes $(LOG_SIZES) || exit; done

fuzz:          ## vegalith-cpu against arkworks, guided by coverage: TARGET=msm|ntt SECONDS=60
	@scripts/fuzz.sh $(or $(TARGET),msm) $(or $(SECONDS),60)

xclbin:        ## an .xclbin with Vitis: PRESET=… BOARD=u250|u55c|v80 [PLATFORM=…]
	@bitstreams/flow/build.py xclbin "$(PRESET)" "$(BOARD)" $(if $(PLATFORM),--platform "$(PLATFORM)")

hdk:           ## a checkpoint for an AFI with AWS' HDK and Vivado: PRESET=… BOARD=aws-f2
	@bitstreams/flow/build.py hdk "$(PRESET)" "$(BOARD)"

check-flows: setup  ## the vendor flows without a vendor's tools: scripts, ports, constraints, planted errors
	scripts/verilog.sh flows

resources:     ## synthesise each preset's blocks for FPGA families and as gates: bitstreams/reports
	@bitstreams/resources.py $(if $(PRESET),--preset "$(PRESET)") $(if $(QUICK),--quick) $(if $(ALL),--all)

lint: lint-rust lint-verilog  ## formats and lints of Rust and of the generated Verilog, and its digests

lint-rust:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --features vegalith-driver/xrt --quiet -- -D warnings
	cargo clippy -p vegalith-cli --no-default-features --quiet -- -D warnings

lint-verilog:
	scripts/verilog.sh lint digests

digests:       ## accept the Verilog that is generated now
	scripts/verilog.sh update

docs:          ## the page of registers, API documentation; broken links are errors
	scripts/registers.py --check
	RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

clean:         ## remove everything that was built
	cargo clean
