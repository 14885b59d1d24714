//! A folder for one run.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use crate::Fallible;

/// Gone at the end, unless it is kept.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Fallible<Self> {
        let path = std::env::temp_dir().join(format!("webhook-chaos-{}", std::process::id()));
        fs::create_dir(&path)?;
        // A store may run as another user.
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
        Ok(Self(path.canonicalize()?))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn keep(mut self) -> PathBuf {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if !self.0.as_os_str().is_empty() {
            // What is left in a temporary folder does no harm.
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}
