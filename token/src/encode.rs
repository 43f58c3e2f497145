//! Canonical bytes (`[F1]`): big-endian, fixed width, exact consumption.
//!
//! Every structure of the protocol is written by [`Encode`] and read by [`Decode`]. Decoding
//! consumes exactly all bytes, and encoding what was decoded gives the same bytes.

use crate::error::{Error, Result};

/// Collects the canonical bytes of a structure.
#[derive(Debug, Default)]
pub struct Writer(Vec<u8>);

impl Writer {
    /// Appends one byte.
    pub fn u8(&mut self, value: u8) {
        self.0.push(value);
    }

    /// Appends two bytes, big-endian.
    pub fn u16(&mut self, value: u16) {
        self.bytes(&value.to_be_bytes());
    }

    /// Appends four bytes, big-endian.
    pub fn u32(&mut self, value: u32) {
        self.bytes(&value.to_be_bytes());
    }

    /// Appends eight bytes, big-endian.
    pub fn u64(&mut self, value: u64) {
        self.bytes(&value.to_be_bytes());
    }

    /// Appends bytes of a length known from the context.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Appends a structure.
    pub fn put(&mut self, value: &impl Encode) {
        value.encode(self);
    }

    /// Appends `u16 n` and the structures. Sequences are bounded far below 2^16 where they are
    /// made.
    pub fn list(&mut self, values: &[impl Encode]) {
        self.u16(u16::try_from(values.len()).expect("lists are bounded by bounds.rs"));
        for value in values {
            self.put(value);
        }
    }

    /// Appends `u32 length` and the bytes.
    pub fn sized(&mut self, bytes: &[u8]) {
        self.u32(u32::try_from(bytes.len()).expect("items are bounded by bounds.rs"));
        self.bytes(bytes);
    }

    /// The bytes collected so far.
    #[must_use]
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads canonical bytes from the front.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// A reader over all of `bytes`.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next `length` bytes. Errors: `E_ENCODING` if there are fewer.
    pub fn bytes(&mut self, length: usize) -> Result<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length).ok_or(Error::Encoding)?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next `N` bytes. Errors: `E_ENCODING` if there are fewer.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        self.bytes(N)?.try_into().map_err(|_| Error::Encoding)
    }

    /// One byte. Errors: `E_ENCODING` at the end.
    pub fn u8(&mut self) -> Result<u8> {
        self.array().map(u8::from_be_bytes)
    }

    /// The byte that says a structure's version. Errors: `E_ENCODING` if it is another.
    pub fn version(&mut self, known: u8) -> Result<()> {
        if self.u8()? == known { Ok(()) } else { Err(Error::Encoding) }
    }

    /// Two bytes, big-endian. Errors: `E_ENCODING` at the end.
    pub fn u16(&mut self) -> Result<u16> {
        self.array().map(u16::from_be_bytes)
    }

    /// Four bytes, big-endian. Errors: `E_ENCODING` at the end.
    pub fn u32(&mut self) -> Result<u32> {
        self.array().map(u32::from_be_bytes)
    }

    /// Eight bytes, big-endian. Errors: `E_ENCODING` at the end.
    pub fn u64(&mut self) -> Result<u64> {
        self.array().map(u64::from_be_bytes)
    }

    /// A structure. Errors: those of its decoder.
    pub fn get<T: Decode>(&mut self) -> Result<T> {
        T::decode(self)
    }

    /// A `u16` count within `range`. Errors: `E_ENCODING` outside of it.
    pub fn count(&mut self, range: core::ops::RangeInclusive<u16>) -> Result<u16> {
        let count = self.u16()?;
        if range.contains(&count) { Ok(count) } else { Err(Error::Encoding) }
    }

    /// `u16 n` within `range` and n structures. Errors: `E_ENCODING`, or those of the decoder.
    pub fn list<T: Decode>(&mut self, range: core::ops::RangeInclusive<u16>) -> Result<Vec<T>> {
        let count = self.count(range)?;
        (0..count).map(|_| self.get()).collect()
    }

    /// `u32 length` and so many bytes. Errors: `E_ENCODING` if there are fewer.
    pub fn sized(&mut self) -> Result<&'a [u8]> {
        let length = usize::try_from(self.u32()?).map_err(|_| Error::Encoding)?;
        self.bytes(length)
    }

    /// The bytes not read yet.
    #[must_use]
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Ends the reading. Errors: `E_ENCODING` if bytes are left over.
    pub fn finish(self) -> Result<()> {
        if self.rest.is_empty() { Ok(()) } else { Err(Error::Encoding) }
    }
}

/// A structure with canonical bytes.
pub trait Encode {
    /// Appends the canonical bytes.
    fn encode(&self, writer: &mut Writer);

    /// The canonical bytes.
    fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        self.encode(&mut writer);
        writer.finish()
    }
}

/// A structure that can be read from canonical bytes without further context.
pub trait Decode: Sized {
    /// Reads one structure from the front. Errors: `E_ENCODING`.
    fn decode(reader: &mut Reader<'_>) -> Result<Self>;

    /// Reads one structure that is all of `bytes`. Errors: `E_ENCODING`, also for trailing bytes.
    fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let mut reader = Reader::new(bytes);
        let value = Self::decode(&mut reader)?;
        reader.finish()?;
        Ok(value)
    }
}

impl<const N: usize> Encode for [u8; N] {
    fn encode(&self, writer: &mut Writer) {
        writer.bytes(self);
    }
}

impl<const N: usize> Decode for [u8; N] {
    fn decode(reader: &mut Reader<'_>) -> Result<Self> {
        reader.array()
    }
}

/// The first four bytes as a number.
pub(crate) fn head(bytes: &[u8]) -> u32 {
    bytes.first_chunk().map_or(0, |head| u32::from_be_bytes(*head))
}

/// Declares a 32-byte identifier with its meaning.
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; 32]);

        impl core::fmt::Debug for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                let head = $crate::encode::head(&self.0);
                write!(f, concat!(stringify!($name), "({:08x}…)"), head)
            }
        }

        impl $crate::encode::Encode for $name {
            fn encode(&self, writer: &mut $crate::encode::Writer) {
                writer.bytes(&self.0);
            }
        }

        impl $crate::encode::Decode for $name {
            fn decode(reader: &mut $crate::encode::Reader<'_>) -> $crate::error::Result<Self> {
                reader.array().map(Self)
            }
        }
    };
}
pub(crate) use identifier;
