//! One build for many mutants: one in the files of each of many senders, whose tests say by name of whom they do not hold. Several of
//! one sender are changes in rules of other kinds each, and a line that names the kind says which it was.
//!
//! What no line names is asked again among fewer, with more tests, and at last alone.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use crate::build::Build;
use crate::lines::named;
use crate::mutant::{Edit, Mutant, Place};
use crate::program;
use crate::rules::{self, Rule};
use crate::run::{Outcome, copy_tree, parted, text};
use crate::settings::Together;

type Result<T> = std::result::Result<T, String>;

/// The copy of the tree in which they are, and what is built of it.
pub struct Rounds<'s> {
    settings: &'s Together,
    tree: PathBuf,
    build: PathBuf,
    /// The senders that are made of each.
    made_of: BTreeMap<String, BTreeSet<String>>,
    /// All of them.
    senders: BTreeSet<String>,
    /// The rules in each file.
    rules: BTreeMap<String, Vec<Rule>>,
}

/// What a round says.
pub struct Round {
    /// What becomes of each mutant; `None` of those that were not asked about.
    pub outcomes: Vec<Option<Outcome>>,
    /// Senders that lines name although none of these mutants is theirs: what names them says nothing of the others either.
    pub strangers: BTreeSet<String>,
}

impl<'s> Rounds<'s> {
    /// Copies the tree at `root` to a folder below `scratch`.
    ///
    /// # Errors
    /// If git does not list it, or it cannot be copied.
    pub fn new(settings: &'s Together, root: &Path, scratch: &Path) -> Result<Self> {
        let tree = scratch.join("tree");
        copy_tree(root, &tree)?;
        let mut sources = sources(&root.join(&settings.of), &settings.of)?;
        only_senders(settings, &mut sources);
        let mut rules = BTreeMap::new();
        for files in sources.values() {
            rules.extend(rules::of_sender(files).map_err(text)?);
        }
        Ok(Self {
            settings,
            tree,
            build: scratch.join("build"),
            made_of: made_of(&sources),
            senders: sources.into_keys().collect(),
            rules,
        })
    }

    /// The next ones that do not disturb each other, with at most `of_one` of each sender: their places in `left`.
    #[must_use]
    pub fn choose(&self, left: &[&Mutant], is_even: bool, of_one: usize) -> Vec<usize> {
        let mut own: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (place, mutant) in left.iter().enumerate() {
            if let Some(sender) = self.settings.sender(&mutant.file) {
                own.entry(sender).or_default().push(place);
            }
        }
        // Those that others are made of come first in every second round: else they would never come, or the others would not.
        let mut senders: Vec<&str> = own.keys().copied().collect();
        senders.sort_by_key(|sender| self.made_of.contains_key(*sender) != is_even);
        let mut chosen: Vec<&str> = Vec::new();
        for sender in senders {
            let disturbs = |one: &str, other: &str| {
                let made = self.made_of.get(one);
                made.is_some_and(|made| made.contains(other))
            };
            let is_free = |other: &&str| !disturbs(sender, other) && !disturbs(other, sender);
            if chosen.iter().all(is_free) {
                chosen.push(sender);
            }
        }
        let places = chosen.iter().filter_map(|sender| own.get(sender));
        places
            .flat_map(|places| self.apart(left, places, of_one))
            .collect()
    }

    /// The first of these, and the next that are in rules of other kinds.
    fn apart(&self, left: &[&Mutant], places: &[usize], of_one: usize) -> Vec<usize> {
        let (mut apart, mut rules): (Vec<usize>, Vec<&Rule>) = (Vec::new(), Vec::new());
        for place in places {
            let rule = left.get(*place).and_then(|mutant| self.rule(mutant));
            match rule {
                Some(rule) if rules.iter().all(|other| !rule.meets(other)) => rules.push(rule),
                None if apart.is_empty() => return vec![*place],
                _ => continue,
            }
            apart.push(*place);
            if apart.len() == of_one {
                break;
            }
        }
        apart
    }

    fn rule(&self, mutant: &Mutant) -> Option<&Rule> {
        rules::changed_by(self.rules.get(&mutant.file)?, mutant)
    }

    /// That the tests hold without a mutant.
    ///
    /// # Errors
    /// If they do not, with what they say.
    pub fn hold(&self, steps: &[String]) -> Result<()> {
        let Built::Programs(programs) = self.built(steps)? else {
            return Err("the tests do not build without a mutant".to_owned());
        };
        let said = self.said(&programs, steps)?;
        match said.into_iter().find(|(_, said)| !said.is_empty()) {
            Some((step, said)) => Err(format!("`{step}` does not hold without a mutant:\n{said}")),
            None => Ok(()),
        }
    }

    /// What becomes of these: [`Outcome::Missed`] of those that no line has named.
    ///
    /// # Errors
    /// If a file cannot be read or written, or a program cannot be run.
    pub fn outcomes(&self, mutants: &[&Mutant], steps: &[String]) -> Result<Round> {
        let mut outcomes = vec![Outcome::Missed; mutants.len()];
        let mut strangers = BTreeSet::new();
        let (mut built, mut aside) = (Vec::new(), Vec::new());
        let mut left: Vec<usize> = (0..mutants.len()).collect();
        while !left.is_empty() {
            let of_left: Vec<&Mutant> = left
                .iter()
                .filter_map(|at| mutants.get(*at).copied())
                .collect();
            let originals = self.apply(&of_left)?;
            let outcome = self.built(steps);
            let said = match &outcome {
                Ok(Built::Programs(programs)) => self.said(programs, steps),
                _ => Ok(Vec::new()),
            };
            for (path, source) in originals {
                fs::write(path, source).map_err(text)?;
            }
            let refused = match outcome? {
                Built::Programs(_) => {
                    let said = said?;
                    self.keep(&said)?;
                    for (step, said) in said {
                        self.blame(&step, &said, mutants, &left, &mut outcomes);
                        strangers.extend(self.strangers(&said, mutants));
                    }
                    break;
                }
                Built::Refused(files) if files.is_empty() => {
                    return Err("cargo does not build, and names no file: go on later".to_owned());
                }
                Built::Refused(files) => files,
            };
            let of_file = |file: &str| {
                let is_of =
                    |at: &&usize| mutants.get(**at).is_some_and(|mutant| mutant.file == file);
                left.iter().filter(is_of).copied().collect::<Vec<_>>()
            };
            // What a sender is made of may be refused where that sender uses it.
            let of_makers = |file: &str| {
                let sender = self.settings.sender(file).unwrap_or_default();
                let is_of = |at: &&usize| {
                    let maker = mutants
                        .get(**at)
                        .and_then(|mutant| self.settings.sender(&mutant.file));
                    let made = maker.and_then(|maker| self.made_of.get(maker));
                    made.is_some_and(|made| made.contains(sender))
                };
                left.iter().filter(is_of).copied().collect::<Vec<_>>()
            };
            let mut gone = Vec::new();
            for (file, lines) in &refused {
                let here = match of_file(file) {
                    here if here.is_empty() => of_makers(file),
                    here => here,
                };
                let is_meant = |at: &&usize| {
                    let rule = mutants.get(**at).and_then(|mutant| self.rule(mutant));
                    rule.is_some_and(|rule| lines.iter().any(|line| rule.lines.contains(line)))
                };
                let meant = match here.as_slice() {
                    [one] => vec![*one],
                    here => here.iter().filter(is_meant).copied().collect(),
                };
                // Of several of which no line says whose fault it is, half is built.
                if meant.is_empty() {
                    let other_half = here.get(here.len() / 2..).unwrap_or_default();
                    gone.extend(other_half);
                    aside.extend(other_half.iter().copied());
                }
                gone.extend(&meant);
                built.extend(meant);
            }
            let before = left.len();
            left.retain(|at| !gone.contains(at));
            match before {
                _ if left.len() < before => {}
                1 => break,
                // Nobody knows whose fault it is.
                _ => aside.extend(left.split_off(before / 2)),
            }
        }
        for at in built {
            if let Some(outcome) = outcomes.get_mut(at) {
                *outcome = Outcome::NotBuilt;
            }
        }
        let outcomes = outcomes.into_iter().enumerate();
        let outcomes = outcomes
            .map(|(at, outcome)| (!aside.contains(&at)).then_some(outcome))
            .collect();
        Ok(Round {
            outcomes,
            strangers,
        })
    }

    /// Changes the files; says what stood there. Each line keeps its number.
    fn apply(&self, mutants: &[&Mutant]) -> Result<Vec<(PathBuf, String)>> {
        let mut files: BTreeMap<&str, Vec<&Mutant>> = BTreeMap::new();
        for mutant in mutants {
            files.entry(&mutant.file).or_default().push(mutant);
        }
        let mut originals = Vec::new();
        for (file, mutants) in files {
            let path = self.tree.join(file);
            let source = fs::read_to_string(&path).map_err(text)?;
            let changed = changed(&source, &mutants);
            let changed = changed.ok_or_else(|| format!("{file}: a place is not in the file"))?;
            fs::write(&path, changed).map_err(text)?;
            originals.push((path, source));
        }
        Ok(originals)
    }

    fn built(&self, steps: &[String]) -> Result<Built> {
        let targets: BTreeSet<&str> = steps.iter().map(|step| parted(step).0).collect();
        let Build { is_whole, messages } =
            Build::of(&self.settings.package, targets, &self.tree, &self.build).map_err(text)?;
        if !is_whole {
            return Ok(Built::Refused(refused(&messages)));
        }
        let programs = messages.iter().filter_map(|message| {
            let program = message.get("executable")?.as_str()?;
            let target = message.get("target")?;
            let kinds = target.get("kind")?.as_array()?;
            let name = match kinds.iter().any(|kind| kind == "test") {
                true => target.get("name")?.as_str()?,
                false => "lib",
            };
            Some((name.to_owned(), PathBuf::from(program)))
        });
        Ok(Built::Programs(programs.collect()))
    }

    /// What the tests of each step say that fail. All steps run at once: most of them wait for one core.
    fn said(
        &self,
        programs: &BTreeMap<String, PathBuf>,
        steps: &[String],
    ) -> Result<Vec<(String, String)>> {
        let folder = self.tree.join(&self.settings.package);
        let longest = Duration::from_secs(self.settings.longest_secs);
        let said = |step: &String| {
            let (target, filter) = parted(step);
            let program = programs.get(target);
            let program = program.ok_or_else(|| format!("there are no tests `{target}`"))?;
            let said = program::output(program, filter, &folder, longest).map_err(text)?;
            Ok((step.clone(), said))
        };
        std::thread::scope(|scope| {
            let running: Vec<_> = steps
                .iter()
                .map(|step| scope.spawn(|| said(step)))
                .collect();
            let ended = running.into_iter().map(|running| {
                let said = running.join();
                said.unwrap_or_else(|_| Err("a step could not be read".to_owned()))
            });
            ended.collect()
        })
    }

    /// What the last round has said is there for whoever wonders.
    fn keep(&self, said: &[(String, String)]) -> Result<()> {
        let all = said
            .iter()
            .map(|(step, said)| format!("# {step}\n{said}\n"));
        fs::write(
            self.tree.with_file_name("said.txt"),
            all.collect::<String>(),
        )
        .map_err(text)
    }

    /// Those whose sender is named were caught.
    fn blame(
        &self,
        step: &str,
        said: &str,
        mutants: &[&Mutant],
        left: &[usize],
        outcomes: &mut [Outcome],
    ) {
        let named = named(said);
        let of = |at: &usize| {
            let mutant = *mutants.get(*at)?;
            Some((mutant, self.settings.sender(&mutant.file)?))
        };
        for at in left {
            let is_named = of(at).is_some_and(|(mutant, sender)| {
                let own = |other: &&usize| of(other).is_some_and(|(_, other)| other == sender);
                match left.iter().filter(own).count() {
                    1 => {
                        // Those that are made of it are not changed now.
                        let made = self.made_of.get(sender).into_iter().flatten();
                        let mut names = made.map(String::as_str).chain([sender]);
                        names.any(|name| named.iter().any(|line| line.is_of(name)))
                    }
                    _ => self.rule(mutant).is_some_and(|rule| {
                        let mut kinds = named.iter().filter_map(|line| line.kind(sender));
                        kinds.any(|kind| rule.is_of(kind))
                    }),
                }
            });
            match outcomes.get_mut(*at) {
                Some(outcome @ Outcome::Missed) if is_named => {
                    *outcome = Outcome::Caught(step.to_owned());
                }
                _ => {}
            }
        }
    }

    /// Those that are named, and neither changed nor made of one that is.
    fn strangers(&self, said: &str, mutants: &[&Mutant]) -> BTreeSet<String> {
        let changed = mutants
            .iter()
            .filter_map(|mutant| self.settings.sender(&mutant.file));
        let touched: BTreeSet<&str> = changed
            .flat_map(|sender| {
                let made = self.made_of.get(sender).into_iter().flatten();
                made.map(String::as_str).chain([sender])
            })
            .collect();
        let named = named(said);
        let others = self
            .senders
            .iter()
            .filter(|sender| !touched.contains(sender.as_str()));
        let others = others.filter(|sender| named.iter().any(|line| line.is_of(sender)));
        others.cloned().collect()
    }
}

enum Built {
    Programs(BTreeMap<String, PathBuf>),
    /// The files that the compiler's errors name, and the lines.
    Refused(BTreeMap<String, BTreeSet<usize>>),
}

/// The file with all changes. What becomes shorter has as many lines as before.
fn changed(source: &str, mutants: &[&Mutant]) -> Option<String> {
    let mut edits: Vec<Edit> = Vec::new();
    for mutant in mutants {
        let Place::Source(own) = &mutant.place else {
            return None;
        };
        edits.extend(own.iter().cloned());
    }
    for edit in &mut edits {
        let lines = |text: &str| text.matches('\n').count();
        let gone = lines(source.get(edit.from..edit.to)?).saturating_sub(lines(&edit.text));
        edit.text.push_str(&"\n".repeat(gone));
    }
    let first = *mutants.first()?;
    let place = Place::Source(edits);
    let all = Mutant {
        place,
        ..first.clone()
    };
    all.applied(source)
}

/// The files and lines of all errors: where they are, or if that is none of ours, whatever they name.
fn refused(messages: &[Value]) -> BTreeMap<String, BTreeSet<usize>> {
    let errors = messages.iter().filter_map(|message| message.get("message"));
    let errors = errors.filter(|error| error.get("level").is_some_and(|level| level == "error"));
    let mut files = BTreeMap::new();
    for error in errors {
        walk(error, &mut files);
    }
    files
}

fn walk(value: &Value, files: &mut BTreeMap<String, BTreeSet<usize>>) {
    match value {
        Value::Object(members) => {
            if let Some(Value::String(file)) = members.get("file_name") {
                let lines = files.entry(file.clone()).or_default();
                let line = members.get("line_start").and_then(Value::as_u64);
                lines.extend(line.and_then(|line| usize::try_from(line).ok()));
            }
            members.values().for_each(|value| walk(value, files));
        }
        Value::Array(list) => list.iter().for_each(|value| walk(value, files)),
        _ => {}
    }
}

/// The files of each sender, below a folder of this name.
fn sources(folder: &Path, name: &str) -> Result<BTreeMap<String, BTreeMap<String, String>>> {
    let mut sources: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(&next).map_err(text)? {
            let path = entry.map_err(text)?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|extension| extension != "rs") {
                continue;
            }
            let file = path.strip_prefix(folder).map_err(text)?.to_string_lossy();
            let sender = file.split(['/', '.']).next().unwrap_or_default();
            let source = fs::read_to_string(&path).map_err(text)?;
            let own = sources.entry(sender.to_owned()).or_default();
            own.insert(format!("{name}{file}"), source);
        }
    }
    Ok(sources)
}

/// Without the files that are of no sender: the list of all senders is made of none of them, and its tests name whom they mean.
fn only_senders(settings: &Together, sources: &mut BTreeMap<String, BTreeMap<String, String>>) {
    for files in sources.values_mut() {
        files.retain(|file, _| settings.sender(file).is_some());
    }
    sources.retain(|_, files| !files.is_empty());
}

/// Of each sender, those whose files name its module.
fn made_of(
    sources: &BTreeMap<String, BTreeMap<String, String>>,
) -> BTreeMap<String, BTreeSet<String>> {
    let code: BTreeMap<&str, String> = sources
        .iter()
        .map(|(name, files)| {
            let lines = files.values().flat_map(|source| source.lines());
            let code = lines.filter(|line| !line.trim_start().starts_with("//"));
            (name.as_str(), code.collect::<Vec<_>>().join("\n"))
        })
        .collect();
    let mut made_of: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for name in sources.keys() {
        let uses = code
            .iter()
            .filter(|(other, code)| **other != name && names(code, name));
        let uses: BTreeSet<String> = uses.map(|(other, _)| (*other).to_owned()).collect();
        if !uses.is_empty() {
            made_of.insert(name.clone(), uses);
        }
    }
    made_of
}

/// Whether `name::` stands there, and not as the end of another name.
fn names(code: &str, name: &str) -> bool {
    let path = format!("{name}::");
    code.match_indices(&path).any(|(at, _)| {
        let before = code.get(..at).and_then(|before| before.chars().next_back());
        !before.is_some_and(|before| before.is_alphanumeric() || before == '_')
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::mutant::{Kind, Place};

    fn settings() -> Together {
        Together {
            of: "core/src/provider/".to_owned(),
            package: "core".to_owned(),
            alone: vec!["macros.rs".to_owned()],
            longest_secs: 1,
            of_one: 2,
            first: Vec::new(),
            then: Vec::new(),
        }
    }

    fn mutant(file: &str) -> Mutant {
        Mutant {
            file: format!("core/src/provider/{file}"),
            line: 1,
            kind: Kind::Word,
            what: "`ax` for `a`".to_owned(),
            place: Place::Source(Vec::new()),
        }
    }

    #[test]
    fn a_round_has_one_of_each_sender_and_none_beside_what_it_is_made_of() {
        let settings = settings();
        let rounds = Rounds {
            settings: &settings,
            tree: PathBuf::new(),
            build: PathBuf::new(),
            made_of: BTreeMap::from([(
                "svix".to_owned(),
                BTreeSet::from(["brex".to_owned(), "clerk".to_owned()]),
            )]),
            senders: BTreeSet::new(),
            rules: BTreeMap::new(),
        };
        let mutants = [
            "brex.rs",
            "brex.rs",
            "macros.rs",
            "stripe/verify.rs",
            "stripe/payment.rs",
            "svix.rs",
        ]
        .map(mutant);
        let left: Vec<&Mutant> = mutants.iter().collect();
        let files = |is_even| {
            let chosen = rounds.choose(&left, is_even, 2).into_iter();
            chosen
                .filter_map(|at| left.get(at))
                .map(|mutant| mutant.file.clone())
                .collect::<Vec<_>>()
        };
        let of = |name: &str| format!("core/src/provider/{name}");
        assert_eq!(files(false), [of("brex.rs"), of("stripe/verify.rs")]);
        assert_eq!(files(true), [of("svix.rs"), of("stripe/verify.rs")]);
    }

    #[test]
    fn a_stranger_is_named_and_neither_changed_nor_made_of_what_is() {
        let settings = settings();
        let senders = ["brex", "clerk", "stripe", "svix", "wise"].map(str::to_owned);
        let rounds = Rounds {
            settings: &settings,
            tree: PathBuf::new(),
            build: PathBuf::new(),
            made_of: BTreeMap::from([("svix".to_owned(), BTreeSet::from(["brex".to_owned()]))]),
            senders: BTreeSet::from(senders),
            rules: BTreeMap::new(),
        };
        let strangers = rounds.strangers(
            "brex: a case\nclerk: a case\nstripe: a case\nsvix: a case\n",
            &[&mutant("svix.rs"), &mutant("stripe/verify.rs")],
        );
        assert_eq!(strangers, BTreeSet::from(["clerk".to_owned()]));
    }

    /// Two rules of Bird's, one mutant in each and one in none.
    const BIRD: &str = r#"
const A: &[Rule] = &[
    Rule::new(
        &["a.paid"],
        Paid,
    ),
    Rule::new(&["b.*"], Paid),
];
const C: &[&str] = &["c"];
"#;

    fn of_bird(what: &str) -> Mutant {
        let name = "core/src/provider/bird.rs";
        let mutants = crate::source::mutants(name, BIRD, Path::new(".")).unwrap();
        let of_rule = |mutant: &Mutant| mutant.what.contains(what);
        mutants.into_iter().find(of_rule).unwrap()
    }

    fn rounds_of_bird(settings: &Together) -> Rounds<'_> {
        let name = "core/src/provider/bird.rs".to_owned();
        let files = BTreeMap::from([(name, BIRD.to_owned())]);
        Rounds {
            settings,
            tree: PathBuf::new(),
            build: PathBuf::new(),
            made_of: BTreeMap::new(),
            senders: BTreeSet::new(),
            rules: rules::of_sender(&files).unwrap(),
        }
    }

    #[test]
    fn a_round_has_more_of_one_sender_if_they_are_in_rules_of_other_kinds() {
        let settings = settings();
        let rounds = rounds_of_bird(&settings);
        let [paid, again, other, none] =
            ["without `Rule::new( &[\"a", "`a.paidx`", "`b.*x`", "`cx`"].map(of_bird);
        let chosen = |left: &[&Mutant], of_one| rounds.choose(left, true, of_one);
        assert_eq!(chosen(&[&paid, &again, &none, &other], 2), [0, 3]);
        assert_eq!(chosen(&[&paid, &other], 1), [0]);
        assert_eq!(chosen(&[&none, &paid, &other], 2), [0]);
    }

    #[test]
    fn a_line_that_names_the_kind_says_which_of_several_it_was() {
        let settings = settings();
        let rounds = rounds_of_bird(&settings);
        let mutants = [of_bird("`a.paidx`"), of_bird("`b.*x`")];
        let mutants: Vec<&Mutant> = mutants.iter().collect();
        let outcomes = |said: &str, left: &[usize]| {
            let mut outcomes = vec![Outcome::Missed; 2];
            rounds.blame("kinds", said, &mutants, left, &mut outcomes);
            let is_caught = |outcome: &Outcome| *outcome != Outcome::Missed;
            outcomes.iter().map(is_caught).collect::<Vec<_>>()
        };
        assert_eq!(outcomes("bird, b.new: status\n", &[0, 1]), [false, true]);
        assert_eq!(
            outcomes("bird: `a.paid` has no rule\n", &[0, 1]),
            [true, false]
        );
        assert_eq!(outcomes("bird/a case: a.paid\n", &[0, 1]), [false, false]);
        assert_eq!(outcomes("bird/a case: a.paid\n", &[0]), [true, false]);
    }

    #[test]
    fn several_changes_of_a_file_leave_its_lines_where_they_are() {
        let mutants = [of_bird("without `Rule::new( &[\"a"), of_bird("`b.*x`")];
        let changed = changed(BIRD, &mutants.iter().collect::<Vec<_>>()).unwrap();
        let line = |source: &str| {
            source
                .lines()
                .position(|line| line.contains("Rule::new(&[\"b"))
        };
        assert!(!changed.contains("a.paid") && changed.contains("b.*x"));
        assert_eq!(line(&changed), line(BIRD));
    }

    #[test]
    fn an_error_of_the_compiler_names_the_files_it_is_about() {
        let messages = [
            r#"{"reason":"compiler-message","message":{"level":"warning","spans":[{"file_name":"a.rs"}]}}"#,
            r#"{"reason":"compiler-message","message":{"level":"error","spans":[{"file_name":"b.rs","line_start":7}],
                "children":[{"spans":[{"file_name":"c.rs"}]}]}}"#,
        ];
        let messages = messages.map(|text| serde_json::from_str(text).unwrap());
        let files: Vec<_> = refused(&messages).into_iter().collect();
        let expected = [("b.rs", BTreeSet::from([7])), ("c.rs", BTreeSet::new())];
        assert_eq!(
            files,
            expected.map(|(name, lines)| (name.to_owned(), lines))
        );
    }

    #[test]
    fn the_list_of_all_senders_is_made_of_none_of_them() {
        let of = |name: &str, code: &str| {
            let file = format!("core/src/provider/{name}.rs");
            (name.to_owned(), BTreeMap::from([(file, code.to_owned())]))
        };
        let mut sources = BTreeMap::from([
            of("brex", "use super::svix::SCHEME;"),
            of("macros", "super::svix::PROVIDER"),
            of("svix", ""),
        ]);
        only_senders(&settings(), &mut sources);
        let made = BTreeMap::from([("svix".to_owned(), BTreeSet::from(["brex".to_owned()]))]);
        assert_eq!(made_of(&sources), made);
    }

    #[test]
    fn a_name_is_no_part_of_another_one() {
        assert!(names("use crate::provider::svix::SCHEME;", "svix"));
        assert!(!names("use crate::provider::not_svix::SCHEME;", "svix"));
        assert!(!names("const SVIX: &str = \"svix\";", "svix"));
    }
}
