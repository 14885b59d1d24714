//! What the documentation of a provider's module says, without what only rustdoc can follow.

use std::fs;
use std::path::{Path, PathBuf};

/// The files of a provider, that of its documentation first.
fn files(name: &str) -> Vec<PathBuf> {
    let folder = folder().join(name.replace('-', "_"));
    let alone = folder.with_extension("rs");
    if alone.exists() {
        return vec![alone];
    }
    let entries = fs::read_dir(&folder).unwrap();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "rs"));
    files.sort_by_key(|file| (!file.ends_with("mod.rs"), file.clone()));
    files
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../webhook-core/src/provider")
}

/// The documentation of its module.
pub(crate) fn documentation(name: &str) -> String {
    let text = fs::read_to_string(files(name).first().unwrap()).unwrap();
    let lines = text.lines().filter_map(|line| line.strip_prefix("//!"));
    let lines = lines.map(|line| line.strip_prefix(' ').unwrap_or(line));
    lines.collect::<Vec<_>>().join("\n")
}

/// The features of webhook-core without which it is not there, in words.
pub(crate) fn features(name: &str) -> Option<String> {
    let rows = fs::read_to_string(folder().join("mod.rs")).unwrap();
    let module = name.replace('-', "_");
    let [plain, raw] = [format!("pub mod {module};"), format!("pub mod r#{module};")];
    let mut before = "";
    for line in rows.lines() {
        if line == plain || line == raw {
            let condition = before.strip_prefix("#[cfg(")?;
            let features = condition.split('"').skip(1).step_by(2);
            let features: Vec<String> = features.map(|it| format!("`{it}`")).collect();
            return Some(features.join(" and "));
        }
        before = line;
    }
    panic!("{name} has no module")
}

/// The example of its type, which makes an endpoint, without the lines that rustdoc hides. The tests of the documentation compile it.
pub(crate) fn example(name: &str) -> String {
    let mut files = files(name);
    files.sort_by_key(|file| !file.ends_with("verify.rs"));
    let found = files.iter().find_map(|file| {
        let text = fs::read_to_string(file).unwrap();
        let mut examples = examples(&text).into_iter();
        examples.find(|lines| lines.iter().any(|line| line.contains("Endpoint::new(")))
    });
    let lines = found
        .unwrap_or_else(|| panic!("{name}: give its type an example that calls `Endpoint::new`"));
    let is_shown = |line: &&String| *line != "#" && !line.starts_with("# ");
    let lines: Vec<&str> = lines.iter().filter(is_shown).map(String::as_str).collect();
    lines.join("\n").trim().to_owned()
}

/// The lines of each example of an item that is compiled.
fn examples(text: &str) -> Vec<Vec<String>> {
    let mut examples = Vec::new();
    let mut block: Option<Vec<String>> = None;
    for line in text.lines() {
        let line = line.trim_start().strip_prefix("///");
        let line = line.map(|line| line.strip_prefix(' ').unwrap_or(line));
        block = match (line, block) {
            (Some("```" | "```no_run"), None) => Some(Vec::new()),
            (Some("```"), Some(lines)) => {
                examples.push(lines);
                None
            }
            (Some(line), Some(mut lines)) => {
                lines.push(line.to_owned());
                Some(lines)
            }
            _ => None,
        };
    }
    examples
}

/// Paragraphs of a section, up to the first one that begins in one of these ways.
pub(crate) fn section(documentation: &str, heading: &str) -> Option<String> {
    const ENDS: [&str; 4] = ["Checked ", "Documentation: ", "Dedupe tells ", "```"];
    let (_, section) = documentation.split_once(&format!("\n# {heading}\n"))?;
    let section = section.split("\n# ").next().unwrap_or_default();
    let paragraphs = section.trim().split("\n\n");
    let wanted: Vec<&str> = paragraphs
        .take_while(|paragraph| !ENDS.iter().any(|end| paragraph.starts_with(end)))
        .collect();
    Some(plain(&wanted.join("\n\n")))
}

/// How it signs: the table whose first cell is empty, and where there is none, what stands below the first paragraph.
pub(crate) fn how_it_signs(documentation: &str) -> String {
    let head = documentation.split("\n# ").next().unwrap_or_default();
    let mut paragraphs = head.split("\n\n").skip(1);
    let table = paragraphs.clone().find(|it| it.starts_with("| | "));
    plain(table.or_else(|| paragraphs.next()).unwrap_or_default())
}

/// What is in its first paragraph: who sends, and what.
pub(crate) fn in_words(documentation: &str) -> String {
    let paragraph = documentation.split("\n\n").next().unwrap_or_default();
    plain(&paragraph.replace('\n', " "))
}

/// By what dedupe tells events apart, and which repeat it does not recognise.
pub(crate) fn told_apart(name: &str, documentation: &str) -> String {
    let (_, rest) = documentation
        .split_once("Dedupe tells events apart by: ")
        .unwrap_or_else(|| {
            panic!("{name}: its documentation does not say what tells events apart")
        });
    let paragraph = rest.split("\n\n").next().unwrap_or_default();
    plain(&paragraph.replace('\n', " "))
}

/// Markdown whose links to items are their texts only. Links to pages stay.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('[') {
        plain.push_str(before);
        let Some((inside, after)) = behind.split_once(']') else {
            plain.push('[');
            rest = behind;
            continue;
        };
        let target = after.strip_prefix('(').and_then(|it| it.split_once(')'));
        let is_code = before.matches('`').count() % 2 == 1;
        rest = match target {
            Some((target, after)) if target.starts_with("https://") => {
                plain.push_str(&format!("[{inside}]({target})"));
                after
            }
            Some((_, after)) => {
                plain.push_str(inside);
                after
            }
            None if inside.starts_with('`') && inside.ends_with('`') && !is_code => {
                plain.push_str(inside);
                after
            }
            None => {
                plain.push_str(&format!("[{inside}]"));
                after
            }
        };
    }
    plain + rest
}
