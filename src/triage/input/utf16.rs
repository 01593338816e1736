//! UTF-16 as spreadsheets save it ('Unicode text'), read as UTF-8.
//!
//! In: a source that begins with a byte order mark. Out: the same text in UTF-8; what is no character becomes U+FFFD.

use std::io::Read;

/// Bytes that are decoded at a time.
const CHUNK: usize = 32 * 1024;

/// Which byte of a unit comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Order {
    Little,
    Big,
}

impl Order {
    /// What the first two bytes of a file say.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xFF, 0xFE, ..] => Some(Self::Little),
            [0xFE, 0xFF, ..] => Some(Self::Big),
            _ => None,
        }
    }
}

/// Decodes while it is read.
pub(super) struct Decoder<R> {
    source: R,
    order: Order,
    /// Bytes of a unit, or units of a character, that the last chunk ended within.
    odd: Vec<u8>,
    high: Option<u16>,
    ready: Vec<u8>,
    given: usize,
    ended: bool,
}

impl<R: Read> Decoder<R> {
    pub(super) fn new(source: R, order: Order) -> Self {
        Self {
            source,
            order,
            odd: Vec::new(),
            high: None,
            ready: Vec::new(),
            given: 0,
            ended: false,
        }
    }

    fn more(&mut self) -> std::io::Result<()> {
        let limit = u64::try_from(CHUNK).unwrap_or(u64::MAX);
        let mut bytes = std::mem::take(&mut self.odd);
        let read = (&mut self.source).take(limit).read_to_end(&mut bytes)?;
        self.ended = read == 0;
        let (pairs, odd) = bytes.as_chunks::<2>();
        let units = pairs.iter().map(|pair| match self.order {
            Order::Little => u16::from_le_bytes(*pair),
            Order::Big => u16::from_be_bytes(*pair),
        });
        let mut units: Vec<u16> = self.high.take().into_iter().chain(units).collect();
        if self.ended {
            if !odd.is_empty() {
                units.push(0xFFFD);
            }
        } else {
            self.odd = odd.to_vec();
            // The second half of a character may be in the next chunk.
            self.high = units.pop_if(|unit| (0xD800..0xDC00).contains(unit));
        }
        let text: String = char::decode_utf16(units)
            .map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        self.ready = text.into_bytes();
        self.given = 0;
        Ok(())
    }
}

impl<R: Read> Read for Decoder<R> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        while self.given >= self.ready.len() && !self.ended {
            self.more()?;
        }
        let mut rest = self.ready.get(self.given..).unwrap_or_default();
        let read = rest.read(into)?;
        self.given += read;
        Ok(read)
    }
}
