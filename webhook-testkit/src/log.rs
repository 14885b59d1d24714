//! A subscriber that tells every field of every event and span, at every level, of every crate.

use std::fmt::{Debug, Write};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// What is told each line, behind the target at which it was logged; of a span's later fields nobody says that.
pub struct Log<F>(pub F);

impl<F: Fn(&str, &str) + 'static> Log<F> {
    fn tell(&self, metadata: Option<&Metadata<'_>>, record: impl FnOnce(&mut Line)) {
        let name = metadata.map_or("", Metadata::name);
        let mut line = Line(name.to_owned());
        record(&mut line);
        (self.0)(metadata.map_or("", Metadata::target), &line.0);
    }
}

impl<F: Fn(&str, &str) + 'static> Subscriber for Log<F> {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.tell(Some(span.metadata()), |line| span.record(line));
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.tell(None, |line| values.record(line));
    }

    fn event(&self, event: &Event<'_>) {
        self.tell(Some(event.metadata()), |line| event.record(line));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Line(String);

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        write!(self.0, " {field}: {value:?}").unwrap();
    }
}
