//! Cuts an input into what a target wants, and writes inputs for seeds.
//!
//! By hand and not by `arbitrary`: a seed is written in the same terms in which it is read, so that a genuine request can
//! be one.

/// Reads from the front. Behind the end there are zeros and empty pieces.
pub(crate) struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(data)
    }

    pub(crate) fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        *first
    }

    pub(crate) fn number(&mut self) -> usize {
        usize::from(self.byte()) | usize::from(self.byte()) << 8
    }

    /// One of these.
    pub(crate) fn choice<'c, T>(&mut self, of: &'c [T]) -> &'c T {
        &of[self.number() % of.len()]
    }

    /// A number of bytes and that many bytes.
    pub(crate) fn piece(&mut self) -> &'a [u8] {
        let len = self.number().min(self.0.len());
        let (piece, rest) = self.0.split_at(len);
        self.0 = rest;
        piece
    }

    pub(crate) fn text(&mut self) -> String {
        String::from_utf8_lossy(self.piece()).into_owned()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Writes what [`Input`] reads.
#[derive(Default)]
pub(crate) struct Output(Vec<u8>);

impl Output {
    pub(crate) fn byte(mut self, byte: u8) -> Self {
        self.0.push(byte);
        self
    }

    pub(crate) fn number(mut self, number: usize) -> Self {
        let number = u16::try_from(number).unwrap();
        self.0.extend(number.to_le_bytes());
        self
    }

    pub(crate) fn piece(self, piece: &[u8]) -> Self {
        let mut this = self.number(piece.len());
        this.0.extend(piece);
        this
    }

    pub(crate) fn rest(mut self, rest: &[u8]) -> Vec<u8> {
        self.0.extend(rest);
        self.0
    }
}
