//! Description of the machine of a measurement.

use std::{fs, process::Command, thread, time::Duration};

use serde::{Deserialize, Serialize};

/// Hardware and software of a machine, without anything that identifies it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) memory: String,
    pub(crate) system: String,
    pub(crate) rustc: String,
}

impl Machine {
    /// Describes the current machine, as far as its system provides the information.
    pub(crate) fn this() -> Self {
        let unknown = || "unknown".to_owned();
        let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
        Self {
            cpu: field("/proc/cpuinfo", "model name").unwrap_or_else(unknown),
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory: field("/proc/meminfo", "MemTotal")
                .and_then(|total| gibibytes(&total))
                .unwrap_or_else(unknown),
            system: [std::env::consts::OS, std::env::consts::ARCH, kernel.trim()]
                .join(" ")
                .trim()
                .to_owned(),
            rustc: Command::new("rustc")
                .arg("--version")
                .output()
                .ok()
                .and_then(|output| String::from_utf8(output.stdout).ok())
                .map_or_else(unknown, |version| version.trim().to_owned()),
        }
    }
}

/// Returns the processor time of this process in seconds. `None` if the system has no statistics by thread in
/// `/proc`, as Linux does.
pub(crate) fn processor_time() -> Option<f64> {
    let mut nanoseconds = 0;
    for thread in fs::read_dir("/proc/self/task").ok()? {
        // A thread may end while its file is read.
        let schedule = fs::read_to_string(thread.ok()?.path().join("schedstat"));
        let spent = schedule
            .ok()
            .and_then(|text| text.split(' ').next()?.parse().ok());
        nanoseconds += spent.unwrap_or(0_u64);
    }
    Some(Duration::from_nanos(nanoseconds).as_secs_f64())
}

/// Returns the first value of `name` in a file of `name: value` lines.
fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim().to_owned())
    })
}

fn gibibytes(kibibytes: &str) -> Option<String> {
    let number: f64 = kibibytes.split_whitespace().next()?.parse().ok()?;
    Some(format!("{:.1} GiB", number / 1024.0 / 1024.0))
}
