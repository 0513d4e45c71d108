use super::*;
use crate::{Bases, Curve, Elements, Field, Group, Scalars};
use ark_ec::AffineRepr;
use ark_ff::{Field as _, UniformRand};
use std::path::{Path, PathBuf};
use std::sync::Arc;

const NO_LIMIT: usize = 1 << 20;

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Folder(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn with(&self, name: &str, bytes: &[u8]) -> PathBuf {
        std::fs::write(self.file(name), bytes).unwrap();
        self.file(name)
    }
}

#[test]
fn points_of_every_group_round_trip() {
    let folder = Folder::new();
    let mut rng = ark_std::test_rng();
    macro_rules! check {
        ($curve:expr, $group:expr, $variant:ident, $affine:ty, $bytes:expr) => {{
            let mut points: Vec<$affine> = (0..5).map(|_| <$affine>::rand(&mut rng)).collect();
            points.push(<$affine>::zero());
            points.push(<$affine>::generator());
            let points = Arc::new(points);
            let path = folder.file("points");
            write_bases(&path, &Bases::$variant(points.clone())).unwrap();
            assert_eq!(std::fs::metadata(&path).unwrap().len(), 7 * $bytes);
            match read_bases(&path, $curve, $group, 7).unwrap() {
                Bases::$variant(read) => assert_eq!(read, points),
                other => panic!("read {other:?}"),
            }
        }};
    }
    check!(Curve::Bn254, Group::G1, Bn254G1, ark_bn254::G1Affine, 64);
    check!(Curve::Bn254, Group::G2, Bn254G2, ark_bn254::G2Affine, 128);
    check!(
        Curve::Bls12_381,
        Group::G1,
        Bls12_381G1,
        ark_bls12_381::G1Affine,
        96
    );
    check!(
        Curve::Bls12_381,
        Group::G2,
        Bls12_381G2,
        ark_bls12_381::G2Affine,
        192
    );
    check!(
        Curve::Bls12_377,
        Group::G1,
        Bls12_377G1,
        ark_bls12_377::G1Affine,
        96
    );
}

#[test]
fn elements_and_scalars_round_trip() {
    let folder = Folder::new();
    let path = folder.file("elements");
    let values = Arc::new(vec![crate::Goldilocks::ONE, -crate::Goldilocks::ONE]);
    let elements = Elements::Goldilocks(values);
    write_elements(&path, &elements).unwrap();
    assert_eq!(
        std::fs::read(&path).unwrap(),
        [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]
    );
    assert_eq!(
        read_elements(&path, Field::Goldilocks, NO_LIMIT),
        Ok(elements)
    );

    let values = Arc::new(vec![-ark_bls12_377::Fr::ONE; 3]);
    write_scalars(&path, &Scalars::Bls12_377(values.clone())).unwrap();
    match read_scalars(&path, Curve::Bls12_377, NO_LIMIT).unwrap() {
        Scalars::Bls12_377(read) => assert_eq!(read, values),
        other => panic!("read {other:?}"),
    }
}

#[test]
fn sizes_that_do_not_fit_are_refused() {
    let folder = Folder::new();
    let empty = folder.with("empty", &[]);
    assert!(matches!(
        read_scalars(&empty, Curve::Bn254, NO_LIMIT),
        Err(FileError::Empty { .. })
    ));
    let cut = folder.with("cut", &[0; 100]);
    match read_scalars(&cut, Curve::Bn254, NO_LIMIT).unwrap_err() {
        FileError::Truncated {
            index,
            bytes,
            item_bytes,
            ..
        } => {
            assert_eq!((index, bytes, item_bytes), (3, 100, 32));
        }
        other => panic!("{other}"),
    }
    let long = folder.with("long", &[0; 96]);
    assert_eq!(read_scalars(&long, Curve::Bn254, 3).unwrap().len(), 3);
    match read_scalars(&long, Curve::Bn254, 2).unwrap_err() {
        FileError::TooMany { found, limit, .. } => assert_eq!((found, limit), (3, 2)),
        other => panic!("{other}"),
    }
    assert!(matches!(
        read_scalars(&folder.file("absent"), Curve::Bn254, 2),
        Err(FileError::Read { .. })
    ));
    assert!(matches!(
        read_scalars(folder.0.path(), Curve::Bn254, 2),
        Err(FileError::Read { .. })
    ));
}

/// Sparse files claim any length for nothing, and devices have no end.
#[test]
fn lengths_are_not_trusted() {
    let folder = Folder::new();
    let sparse = folder.file("sparse");
    let file = std::fs::File::create(&sparse).unwrap();
    file.set_len(1 << 40).unwrap();
    match read_scalars(&sparse, Curve::Bn254, NO_LIMIT).unwrap_err() {
        FileError::TooMany { found, .. } => assert_eq!(found, 1 << 35),
        other => panic!("{other}"),
    }
    // The product of limit and bytes is beyond 64 bits.
    file.set_len(64).unwrap();
    assert_eq!(
        read_scalars(&sparse, Curve::Bn254, usize::MAX)
            .unwrap()
            .len(),
        2
    );
    #[cfg(unix)]
    match read_elements(Path::new("/dev/zero"), Field::Goldilocks, 1000).unwrap_err() {
        FileError::TooMany { limit, .. } => assert_eq!(limit, 1000),
        other => panic!("{other}"),
    }
}

#[test]
fn the_first_malformed_item_is_named() {
    let folder = Folder::new();
    let mut bytes = vec![0; 64 * 32];
    for bad in [17, 40, 63] {
        bytes[bad * 32..(bad + 1) * 32].fill(0xff);
    }
    let error = read_scalars(&folder.with("scalars", &bytes), Curve::Bn254, NO_LIMIT).unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("scalars: bn254 scalar 17: the value is not below the field modulus"),
        "{error}"
    );

    let g = ark_bls12_381::G1Affine::generator();
    let off = ark_bls12_381::G1Affine::new_unchecked(g.x, g.x);
    let path = folder.file("points");
    write_bases(&path, &Bases::Bls12_381G1(Arc::new(vec![g, g, off]))).unwrap();
    match read_bases(&path, Curve::Bls12_381, Group::G1, NO_LIMIT).unwrap_err() {
        FileError::Item { index, fault, .. } => {
            assert_eq!(
                (index, fault.as_str()),
                (2, "the point is not on the curve")
            );
        }
        other => panic!("{other}"),
    }
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_write_that_fails_leaves_nothing_behind() {
    let folder = Folder::new();
    // An empty folder could be replaced, were it not refused.
    for inside in [None, Some("inside")] {
        let target = folder.file("target");
        std::fs::create_dir_all(&target).unwrap();
        if let Some(name) = inside {
            std::fs::write(target.join(name), b"x").unwrap();
        }
        for write in [write_atomically, write_new] {
            let error = write(&target, b"new").unwrap_err().to_string();
            assert!(error.starts_with(target.to_str().unwrap()), "{error}");
        }
        let error = write_atomically(&target, b"new").unwrap_err().to_string();
        assert!(error.contains("folder"), "{error}");
        assert!(target.is_dir());
        assert_eq!(names(folder.0.path()), ["target"]);
    }
    let path = folder.with("old", b"old");
    write_atomically(&path, b"new").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"new");
    assert!(matches!(
        write_atomically(&folder.file("no/such/folder"), b"x"),
        Err(FileError::Write { .. })
    ));
    for nameless in ["", "/", ".."] {
        assert!(write_atomically(Path::new(nameless), b"x").is_err());
        assert!(write_new(Path::new(nameless), b"x").is_err());
    }
    assert_eq!(names(folder.0.path()), ["old", "target"]);
}

/// Temporary files that killed writers left behind, of whatever process, stop nobody.
#[test]
fn leftovers_of_killed_writers_are_in_nobodys_way() {
    let folder = Folder::new();
    let pid = std::process::id();
    for counter in 0..64 {
        folder.with(&format!(".out.{pid}.{counter}.tmp"), b"part");
    }
    let path = folder.file("out");
    write_atomically(&path, b"whole").unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), b"whole");
}

#[test]
fn what_exists_is_not_replaced_by_what_is_new() {
    let folder = Folder::new();
    let path = folder.file("keys");
    write_new(&path, b"first").unwrap();
    assert_eq!(
        write_new(&path, b"second"),
        Err(FileError::Exists { path: path.clone() })
    );
    assert_eq!(std::fs::read(&path).unwrap(), b"first");

    // Of many that write at the same time, one does, and all of it.
    let path = folder.file("contested");
    let written: Vec<u8> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8u8)
            .map(|writer| {
                let path = &path;
                scope.spawn(move || write_new(path, &vec![writer; 1 << 16]).map(|()| writer))
            })
            .collect();
        writers
            .into_iter()
            .filter_map(|writer| writer.join().unwrap().ok())
            .collect()
    });
    assert_eq!(written.len(), 1);
    assert_eq!(std::fs::read(&path).unwrap(), vec![written[0]; 1 << 16]);
    assert_eq!(names(folder.0.path()), ["contested", "keys"]);
}

/// Asserts that the check says what writing then does, and leaves everything as it was.
#[track_caller]
fn check_foretells_writing(folder: &Folder, path: &Path, possible: bool) {
    let before = names(folder.0.path());
    let checked = check_writable(path);
    assert_eq!(names(folder.0.path()), before);
    let written = write_atomically(path, b"new");
    assert_eq!(written.is_ok(), possible, "{written:?}");
    let [checked, written] = [checked, written].map(|result| result.map_err(|e| e.to_string()));
    assert_eq!(checked, written);
    if let Err(message) = written {
        assert!(!message.contains(".tmp\""), "{message}");
    }
}

#[test]
fn what_cannot_be_written_is_known_before() {
    let folder = Folder::new();
    let file = folder.with("file", b"old");
    check_writable(&file).unwrap();
    assert_eq!(std::fs::read(&file).unwrap(), b"old");
    check_foretells_writing(&folder, &file, true);
    check_foretells_writing(&folder, &folder.file("new"), true);
    check_foretells_writing(&folder, folder.0.path(), false);
    check_foretells_writing(&folder, &file.join("below"), false);
    check_foretells_writing(&folder, &folder.file("no/such/folder"), false);
    check_foretells_writing(&folder, &folder.file(".."), false);
}

#[cfg(unix)]
mod unix {
    use super::*;
    use std::os::unix::fs::{symlink, FileTypeExt, PermissionsExt};

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn modes_are_those_of_any_new_file_and_private_files_stay_private() {
        let folder = Folder::new();
        // What the umask leaves of 0666.
        let usual = mode(&folder.with("usual", b""));
        for write in [write_atomically, write_new] {
            let path = folder.file("new");
            write(&path, b"x").unwrap();
            assert_eq!(mode(&path), usual);
            std::fs::remove_file(&path).unwrap();
        }
        let private = folder.with("private", b"old");
        std::fs::set_permissions(&private, PermissionsExt::from_mode(0o600)).unwrap();
        write_atomically(&private, b"new").unwrap();
        assert_eq!(mode(&private), 0o600);
    }

    #[test]
    fn devices_and_pipes_are_written_to_and_stay() {
        write_atomically(Path::new("/dev/null"), b"gone").unwrap();
        let null = std::fs::metadata("/dev/null").unwrap().file_type();
        assert!(null.is_char_device());

        let folder = Folder::new();
        let pipe = folder.file("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let reader = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::read(pipe).unwrap()
        });
        write_atomically(&pipe, b"through").unwrap();
        assert_eq!(reader.join().unwrap(), b"through");
        assert!(std::fs::metadata(&pipe).unwrap().file_type().is_fifo());
        assert!(matches!(
            write_new(&pipe, b"x"),
            Err(FileError::Exists { .. })
        ));
        assert_eq!(names(folder.0.path()), ["pipe"]);
    }

    #[test]
    fn what_cannot_be_written_behind_a_link_is_known_before() {
        let folder = Folder::new();
        let target = folder.with("target", b"old");
        for (name, leads_to, possible) in [
            ("link", target.as_path(), true),
            ("nowhere", &folder.file("gone"), false),
            ("to a folder", folder.0.path(), false),
            ("null", Path::new("/dev/null"), true),
        ] {
            symlink(leads_to, folder.file(name)).unwrap();
            check_foretells_writing(&folder, &folder.file(name), possible);
        }
    }

    #[test]
    fn links_stay_and_lead_to_what_was_written() {
        let folder = Folder::new();
        std::fs::create_dir(folder.file("elsewhere")).unwrap();
        let target = folder.with("elsewhere/target", b"old");
        let link = folder.file("link");
        symlink(&target, &link).unwrap();
        write_atomically(&link, b"new").unwrap();
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
        assert_eq!(std::fs::read(&target).unwrap(), b"new");
        // One that leads nowhere is neither followed nor replaced.
        std::fs::remove_file(&target).unwrap();
        for write in [write_atomically, write_new] {
            assert!(write(&link, b"x").is_err());
        }
        assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    }
}
