//! A block with a register, a combinational path and a wide port, through every entry point.

use num_bigint::BigUint;
use vegalith_testbench::{Bench, BenchError, Source};

fn source(clock: &str) -> Source {
    Source::new("accumulate")
        .clock(clock)
        .input("clear", 1)
        .input("data", 100)
        .output("sum", 100)
        .output("next", 100)
        .define("STEP=3")
        .file(
            "accumulate.v",
            format!(
                "module accumulate(input wire {clock}, input wire clear, input wire [99:0] data,
                  output reg [99:0] sum, output wire [99:0] next);
                assign next = sum + data + 100'd`STEP;
                always @(posedge {clock}) sum <= clear ? 100'd0 : next;
                endmodule\n"
            ),
        )
}

fn start(source: &Source) -> Option<Bench> {
    match Bench::start(source) {
        Err(BenchError::Unavailable(reason)) => {
            println!("skipped: {reason}");
            None
        }
        bench => Some(bench.unwrap()),
    }
}

#[test]
fn steps_and_settles() {
    let source = source("ap_clk");
    let Some(mut bench) = start(&source) else {
        return;
    };
    source.lint().unwrap();
    let big = BigUint::from(1u32) << 90;
    bench.set_u64("clear", 1).unwrap();
    bench.step().unwrap();
    bench.set_u64("clear", 0).unwrap();
    bench.set("data", &big).unwrap();
    assert_eq!(bench.get("sum").unwrap(), BigUint::default());
    assert_eq!(
        bench.get("next").unwrap(),
        &big + 3u32,
        "combinational path"
    );
    bench.steps(4).unwrap();
    assert_eq!(bench.get("sum").unwrap(), &big * 4u32 + 12u32);
    assert_eq!(bench.cycle(), 5);
    assert!(matches!(
        bench.get("nothing"),
        Err(BenchError::NoSuchPort { .. })
    ));
    assert!(matches!(
        bench.set("data", &(&big << 20)),
        Err(BenchError::TooWide {
            width: 100,
            found: 111,
            ..
        })
    ));
}

#[test]
fn rows_at_full_rate() {
    let Some(mut bench) = start(&source("clock")) else {
        return;
    };
    let row = |clear: u32, data: u32| vec![BigUint::from(clear), BigUint::from(data)];
    let mut rows = vec![row(1, 0)];
    rows.extend((0..10_000).map(|i| row(0, i)));
    let seen = bench.run(&rows).unwrap();
    let mut sum = BigUint::default();
    for (i, row) in seen.iter().enumerate().skip(1) {
        assert_eq!(row[0], sum, "row {i}");
        sum += i as u32 - 1 + 3;
        assert_eq!(row[1], sum, "row {i}");
    }
}

#[test]
fn refusals_are_reported() {
    let broken = Source::new("broken").file("broken.v", "module broken(input wire clk; endmodule");
    match Bench::start(&broken) {
        Err(BenchError::Unavailable(reason)) => println!("skipped: {reason}"),
        Err(BenchError::Build { tool, log, .. }) => {
            assert_eq!(tool, "verilator");
            assert!(log.contains("syntax error"), "{log}");
        }
        Err(other) => panic!("{other}"),
        Ok(_) => panic!("a broken design was accepted"),
    }
}
