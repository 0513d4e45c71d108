//! The cxx bridge to the simulator. Rust crosses it per job and per register, not per cycle.

#[cxx::bridge(namespace = "vegalith")]
#[allow(missing_docs)]
pub(crate) mod ffi {
    struct SimulatorConfig {
        model: u32,
        memory_bytes: u64,
        latency: u32,
        stall_percent: u32,
        seed: u64,
        fault_job: u64,
        flip_read_beat: u64,
        flip_write_beat: u64,
        error_read_beat: u64,
        error_write_burst: u64,
        hang_after: u64,
        keep_transfers_over_reset: bool,
        trace: String,
    }

    unsafe extern "C++" {
        include!("vegalith-sim/cpp/simulator.h");

        type Simulator;

        fn open_simulator(config: &SimulatorConfig) -> Result<UniquePtr<Simulator>>;
        fn write_register(self: Pin<&mut Simulator>, offset: u32, value: u32) -> Result<()>;
        fn read_register(self: Pin<&mut Simulator>, offset: u32) -> Result<u32>;
        fn run_until(self: Pin<&mut Simulator>, control_bits: u32, cycles: u64) -> Result<bool>;
        fn start_job(self: Pin<&mut Simulator>);
        fn reset(self: Pin<&mut Simulator>) -> Result<()>;
        fn cycle(self: &Simulator) -> u64;
        fn memory_bytes(self: &Simulator) -> u64;
        fn read_memory(self: &Simulator, address: u64, data: &mut [u8]) -> Result<()>;
        fn write_memory(self: Pin<&mut Simulator>, address: u64, data: &[u8]) -> Result<()>;

        include!("vegalith-sim/cpp/board.h");

        type BoardSimulator;

        fn open_board(index: u32) -> Result<UniquePtr<BoardSimulator>>;
        fn exchange(self: Pin<&mut BoardSimulator>, driven: &[u8], seen: &mut [u8]) -> Result<()>;
        fn press_button(self: Pin<&mut BoardSimulator>, cycles: u32) -> Result<()>;
        fn cycle(self: &BoardSimulator) -> u64;
        fn lights(self: &BoardSimulator) -> u8;
    }
}

// SAFETY: a simulator owns everything that it reaches (kernel, memory, trace file); Verilator's
// context is made per kernel, and nothing is shared between instances.
unsafe impl Send for ffi::Simulator {}

// SAFETY: as above.
unsafe impl Send for ffi::BoardSimulator {}
