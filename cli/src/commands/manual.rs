//! `wikijs completions` and `wikijs man`.

use std::{fs, path::PathBuf};

use clap::Args;
use clap_complete::{Shell, env::Shells};
use serde_json::json;

use crate::{
    arguments::definition,
    complete::VARIABLE,
    context::Context,
    failure::{Failure, Result},
};

#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  wikijs completions bash > ~/.local/share/bash-completion/completions/wikijs\n  \
                        wikijs completions zsh > ~/.zfunc/_wikijs\n  \
                        wikijs completions fish > ~/.config/fish/completions/wikijs.fish\n  \
                        wikijs completions powershell >> $PROFILE\n\n\
The script runs `wikijs` for each completion, which asks the wiki for paths, tags and locales. Write it again after an\n\
update of wikijs."
)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
    /// Completes only commands and options, without requesting paths, tags and locales from the wiki
    #[arg(long = "static")]
    is_static: bool,
}

impl Completions {
    pub(crate) fn run(self, context: &Context) -> Result {
        let mut script = Vec::new();
        let shells = Shells::builtins();
        match shells.completer(&self.shell.to_string()) {
            Some(shell) if !self.is_static => {
                shell.write_registration(VARIABLE, "wikijs", "wikijs", "wikijs", &mut script)?;
            }
            _ => clap_complete::generate(self.shell, &mut definition(), "wikijs", &mut script),
        }
        context.output.text(&String::from_utf8_lossy(&script))
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  wikijs man ~/.local/share/man/man1 && man wikijs-page-edit")]
pub(crate) struct Man {
    /// Folder to write into
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
}

impl Man {
    pub(crate) fn run(self, context: &Context) -> Result {
        if context.report_dry_run(format!("write man pages to {}", self.folder.display())) {
            return Ok(());
        }
        fs::create_dir_all(&self.folder).map_err(Failure::file(&self.folder))?;
        clap_mangen::generate_to(definition(), &self.folder)
            .map_err(Failure::file(&self.folder))?;
        let row = json!({ "folder": self.folder });
        context.output.record(&row, &["folder"])
    }
}
