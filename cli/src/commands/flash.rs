use crate::args::FlashArgs;
use crate::error::{Answer, CliError};

/// Checks an image and loads it into a board.
#[cfg(feature = "device")]
pub fn run(args: &FlashArgs) -> Result<Answer, CliError> {
    with_tool::run(args)
}

#[cfg(not(feature = "device"))]
pub fn run(_args: &FlashArgs) -> Result<Answer, CliError> {
    Err(CliError::Environment(
        "support for boards is not built into this program (cargo feature device)".into(),
    ))
}

#[cfg(feature = "device")]
mod with_tool {
    use std::time::Instant;

    use serde::Serialize;
    use vegalith::driver::{
        Flash, FlashError, FlashMemory, FlashOptions, Image, ImageKind, ImageRequest, SearchPath,
    };

    use crate::args::FlashArgs;
    use crate::error::{one_line, Answer, CliError};
    use crate::hardware::known_presets;
    use crate::progress::Progress;
    use crate::report::{print_json, print_line};

    #[derive(Serialize)]
    struct Report {
        board: String,
        preset: String,
        digest: String,
        image: String,
        bytes: u64,
        sha256: String,
        clock_mhz: u32,
        command: String,
        permanent: bool,
        loaded: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        seconds: Option<f64>,
    }

    impl From<FlashError> for CliError {
        fn from(error: FlashError) -> Self {
            use vegalith::driver::Error::Busy;
            let message = one_line(&error);
            match error {
                FlashError::WrongImage { .. } => CliError::Input(message),
                FlashError::Busy(Busy { holder, .. }) => CliError::Busy { message, holder },
                _ => CliError::Environment(message),
            }
        }
    }

    pub(super) fn run(args: &FlashArgs) -> Result<Answer, CliError> {
        let progress = Progress::start("checking the image");
        let request = ImageRequest {
            known: known_presets(),
            preset: args.preset.clone(),
            board: Some(args.board.clone()),
            kind: Some(ImageKind::Bit),
            ..ImageRequest::default()
        };
        let image = match &args.image {
            Some(path) => Image::open(path, &request)?,
            None => {
                if let Some(preset) = &args.preset {
                    vegalith_hdl::presets::find(preset)?;
                }
                SearchPath::from_environment().find(&request)?
            }
        };
        let port = args.port.as_deref().map(str::parse).transpose();
        let options = FlashOptions {
            memory: match args.permanent {
                true => FlashMemory::Permanent,
                false => FlashMemory::Configuration,
            },
            port: port.map_err(|fault| CliError::Input(format!("--port: {fault}")))?,
            limit: args.deadline,
            ..FlashOptions::default()
        };
        let flash = Flash::new(&image, &args.board, &options)?;
        let started = Instant::now();
        if !args.dry_run {
            progress.step(format!("loading {}", image.path().display()));
            flash.run()?;
        }
        drop(progress);
        let manifest = image.manifest();
        let report = Report {
            board: args.board.clone(),
            preset: manifest.preset.clone(),
            digest: manifest.preset_digest.to_string(),
            image: image.path().display().to_string(),
            bytes: manifest.image.bytes,
            sha256: manifest.image.sha256.to_string(),
            clock_mhz: manifest.whole_clock_mhz(),
            command: flash.command(),
            permanent: args.permanent,
            loaded: !args.dry_run,
            seconds: (!args.dry_run).then(|| started.elapsed().as_secs_f64()),
        };
        if args.json {
            print_json(&report)?;
            return Ok(Answer::Done);
        }
        if args.dry_run {
            print_line(&report.command)?;
            return Ok(Answer::Done);
        }
        print_line(&format!(
            "loaded    {} ({} MHz) into {}",
            report.preset, report.clock_mhz, report.board
        ))?;
        print_line(&format!("image     {}", report.image))?;
        Ok(Answer::Done)
    }
}
