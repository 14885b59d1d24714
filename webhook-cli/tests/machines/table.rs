//! The table of providers in the README: its rows are written by hand, and stand in groups.

use webhook_core::provider::{self, Group};

/// A row of the table.
pub(crate) struct Row {
    /// The line as it stands.
    pub(crate) line: String,
    /// As the sender calls itself.
    pub(crate) title: String,
    pub(crate) name: String,
    pub(crate) covers: String,
    pub(crate) id: String,
    pub(crate) window: String,
    pub(crate) how_sure: String,
}

impl Row {
    /// `None` if the line is no row of a provider.
    fn of(line: &str) -> Option<Self> {
        let cells = line.strip_prefix("| ")?.strip_suffix(" |")?;
        let cells: Vec<&str> = cells.split(" | ").collect();
        let [title, name, _, covers, id, window, how_sure] = cells.try_into().ok()?;
        let name = name.strip_prefix('`')?.strip_suffix('`')?;
        Some(Self {
            line: line.to_owned(),
            title: title.to_owned(),
            name: name.to_owned(),
            covers: covers.to_owned(),
            id: id.to_owned(),
            window: window.to_owned(),
            how_sure: how_sure.to_owned(),
        })
    }

    pub(crate) fn group(&self) -> Group {
        let about = provider::describe(&self.name);
        about
            .unwrap_or_else(|error| panic!("README.md, \"Providers\": {error}"))
            .group
    }
}

const HEAD: &str = "| provider | name | signature | covers | event id | replay window | how sure |\n|---|---|---|---|---|---|---|\n";

/// What stands before the table, the table, and what stands behind it.
fn parts(readme: &str) -> [&str; 3] {
    let (before, rest) = readme.split_once("\n## Providers\n").unwrap();
    let (table, after) = rest.split_once("\n\n\"Run\" means").unwrap();
    [before, table, after]
}

/// The rows, by group and by title within.
pub(crate) fn rows(readme: &str) -> Vec<Row> {
    let [_, table, _] = parts(readme);
    let mut rows: Vec<Row> = table.lines().filter_map(Row::of).collect();
    rows.sort_by_key(|row| (row.group(), row.title.to_lowercase()));
    rows
}

/// A README with these rows in their places.
pub(crate) fn in_groups(readme: &str, rows: &[Row]) -> String {
    let [before, _, after] = parts(readme);
    let groups = Group::ALL.map(|group| {
        let rows = rows.iter().filter(|row| row.group() == group);
        let lines: Vec<&str> = rows.map(|row| row.line.as_str()).collect();
        format!(
            "### {}\n\n{}. {}\n\n{HEAD}{}",
            group.title(),
            capitalised(group.in_words()),
            needs(group),
            lines.join("\n")
        )
    });
    format!(
        "{before}\n## Providers\n\n{}\n\n\"Run\" means{after}",
        groups.join("\n\n")
    )
}

/// What of webhook-core an application needs for a group.
pub(crate) fn needs(group: Group) -> String {
    match group.feature() {
        Some("payments") => "Feature `payments`, which is on by default.".to_owned(),
        Some(feature) => format!("Feature `{feature}`."),
        None => "Always there.".to_owned(),
    }
}

/// The senders of the table of what tells events apart.
pub(crate) fn told_apart(readme: &str) -> Vec<&str> {
    let (_, section) = readme.split_once("\n## Told apart by\n").unwrap();
    let section = section.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| "));
    let titles = rows.filter_map(|row| row.split(" | ").next());
    titles.skip(1).collect()
}

pub(crate) fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|first| first.to_uppercase().to_string());
    format!("{}{}", first.unwrap_or_default(), letters.as_str())
}
