//! `skywarden completions` and `skywarden man`: what shells and readers want, made from the command
//! line itself.

use std::path::PathBuf;

use clap::Args;
use clap_complete::Shell;
use warden::Exit;

use super::{CliError, Ui, help};

#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Prints the completions of a shell.
pub(crate) fn run(args: &CompletionsArgs, ui: &mut Ui) -> Result<Exit, CliError> {
    let mut command = help::command(ui.language);
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, "skywarden", &mut script);
    ui.data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Fine)
}

/// Prints the manual page, or writes the pages of all commands into a folder.
pub(crate) fn man(args: &ManArgs, ui: &mut Ui) -> Result<Exit, CliError> {
    let command = help::command(ui.language);
    let Some(folder) = &args.dir else {
        let mut page = Vec::new();
        clap_mangen::Man::new(command).render(&mut page)?;
        ui.data(&String::from_utf8_lossy(&page))?;
        return Ok(Exit::Fine);
    };
    let folder = ui.host.surroundings.absolute(folder);
    let written =
        std::fs::create_dir_all(&folder).and_then(|()| clap_mangen::generate_to(command, &folder));
    let path = folder.display().to_string();
    written.map_err(|error| CliError::internal(&path, &error))?;
    let text = ui.say("man-written", &[("path", path.into())]);
    ui.status(&text);
    Ok(Exit::Fine)
}
