//! Two processes wanting one device: real processes, one of them killed.
//!
//! A child is this program again, told to run one test and what to do in it.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use vegalith_driver::{DeviceLock, Error};

const DEVICE: &str = "pcie:0000:3b:00.0";
const FOLDER: &str = "VEGALITH_TEST_LOCK_FOLDER";

/// Another process that holds the lock until it is killed, or its input ends.
struct Other {
    child: Child,
    /// What it writes at its end needs a reader.
    output: BufReader<ChildStdout>,
}

impl Other {
    fn start(folder: &Path) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "the_other_process", "--nocapture", "--ignored"])
            .env(FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        let held = output
            .by_ref()
            .lines()
            .any(|line| line.unwrap().contains("held"));
        assert!(held, "the other process did not take the lock");
        Other { child, output }
    }

    fn pid(&self) -> u32 {
        self.child.id()
    }

    /// SIGKILL.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn end(mut self) {
        drop(self.child.stdin.take());
        self.output.read_to_end(&mut Vec::new()).unwrap();
        assert!(self.child.wait().unwrap().success());
    }
}

#[test]
#[ignore = "run by the other tests, as another process"]
fn the_other_process() {
    let Some(folder) = std::env::var_os(FOLDER) else {
        return;
    };
    let _lock = DeviceLock::acquire_in(Path::new(&folder), DEVICE).unwrap();
    println!("\nheld");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
}

#[track_caller]
fn busy(result: Result<DeviceLock, Error>) -> String {
    match result {
        Err(Error::Busy { device, holder }) => {
            assert_eq!(device, DEVICE);
            holder
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_holder_is_named_until_it_ends() {
    let folder = tempfile::tempdir().unwrap();
    let other = Other::start(folder.path());
    let holder = busy(DeviceLock::acquire_in(folder.path(), DEVICE));
    assert!(
        holder.starts_with(&format!("process {} (locks-", other.pid())),
        "{holder}"
    );
    let since = holder.split(" since ").nth(1).unwrap();
    assert!(since.starts_with("20") && since.ends_with('Z'), "{since}");
    // Another device is free.
    DeviceLock::acquire_in(folder.path(), "pcie:0000:5e:00.0").unwrap();
    other.end();
    DeviceLock::acquire_in(folder.path(), DEVICE).unwrap();
}

#[test]
fn a_killed_holder_blocks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let other = Other::start(folder.path());
    let dead = other.pid();
    other.kill();
    let lock = DeviceLock::acquire_in(folder.path(), DEVICE).unwrap();
    let text = std::fs::read_to_string(lock.path()).unwrap();
    assert!(
        text.starts_with(&format!("pid {}\n", std::process::id())),
        "{text}"
    );
    assert!(!text.contains(&dead.to_string()), "{text}");
    // Now the new holder is named.
    let holder = busy(DeviceLock::acquire_in(folder.path(), DEVICE));
    assert!(
        holder.starts_with(&format!("process {} (", std::process::id())),
        "{holder}"
    );
}

#[test]
fn one_process_takes_a_device_once() {
    let folder = tempfile::tempdir().unwrap();
    let lock = DeviceLock::acquire_in(folder.path(), DEVICE).unwrap();
    busy(DeviceLock::acquire_in(folder.path(), DEVICE));
    let path = lock.path().to_owned();
    drop(lock);
    assert_eq!(std::fs::read(&path).unwrap(), b"", "nobody is named");
    DeviceLock::acquire_in(folder.path(), DEVICE).unwrap();
}

/// What a holder that died without a trace left, or one that cannot write: not the dead one is named.
#[test]
fn a_name_that_cannot_be_the_holders_is_not_told() {
    let folder = tempfile::tempdir().unwrap();
    let lock = DeviceLock::acquire_in(folder.path(), DEVICE).unwrap();
    for text in [
        "pid 4000000000\nprogram ghost\nsince 2026-01-01T00:00:00Z\n",
        "",
        "pid 1\nprog",
    ] {
        std::fs::write(lock.path(), text).unwrap();
        let holder = busy(DeviceLock::acquire_in(folder.path(), DEVICE));
        assert!(holder.contains("does not say its name"), "{holder}");
        assert!(!holder.contains("ghost"), "{holder}");
    }
}

/// Of many that want a free device exactly one gets it, each time.
#[test]
fn one_of_many_gets_it() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..50 {
        let barrier = std::sync::Barrier::new(4);
        let wins = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        let lock = DeviceLock::acquire_in(folder.path(), DEVICE);
                        barrier.wait();
                        lock.is_ok()
                    })
                })
                .collect();
            let results = threads.into_iter().map(|thread| thread.join().unwrap());
            results.filter(|&won| won).count()
        });
        assert_eq!(wins, 1, "round {round}");
    }
}

#[test]
fn what_is_no_plain_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = DeviceLock::acquire_in(folder.path(), DEVICE)
        .unwrap()
        .path()
        .to_owned();
    std::fs::remove_file(&path).unwrap();
    let victim = folder.path().join("victim");
    std::fs::write(&victim, "precious").unwrap();
    std::os::unix::fs::symlink(&victim, &path).unwrap();
    let error = DeviceLock::acquire_in(folder.path(), DEVICE).unwrap_err();
    let text = error.to_string();
    assert!(text.contains("no plain file"), "{text}");
    assert!(text.contains("VEGALITH_LOCKS"), "{text}");
    assert_eq!(std::fs::read(&victim).unwrap(), b"precious");
    // A folder that is not there.
    let error = DeviceLock::acquire_in(&folder.path().join("none"), DEVICE).unwrap_err();
    assert!(error.to_string().contains("No such file"), "{error}");
}
