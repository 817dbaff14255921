//! Names of objects in both of git's formats.

use std::fmt;

use git2::Oid;

/// The name of an object: 20 bytes of SHA-1 or 32 of SHA-256. All zeros are no name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ObjectName {
    bytes: [u8; 32],
    length: u8,
}

impl ObjectName {
    /// From 20 or 32 bytes.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<ObjectName> {
        if !matches!(bytes.len(), 20 | 32) {
            return None;
        }
        let mut name = ObjectName { bytes: [0; 32], length: bytes.len() as u8 };
        name.bytes[..bytes.len()].copy_from_slice(bytes);
        Some(name)
    }

    /// From 40 or 64 hexadecimal digits.
    pub(super) fn from_hex(hex: &[u8]) -> Option<ObjectName> {
        let digit = |byte: &u8| (*byte as char).to_digit(16).map(|digit| digit as u8);
        let pair = |pair: &[u8]| Some(digit(pair.first()?)? << 4 | digit(pair.get(1)?)?);
        let bytes: Option<Vec<u8>> = hex.chunks(2).map(pair).collect();
        ObjectName::from_bytes(&bytes?)
    }

    fn bytes(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    /// The name as libgit2 has it; none for SHA-256, which libgit2 cannot read.
    pub(super) fn oid(&self) -> Option<Oid> {
        if self.length == 20 { Oid::from_bytes(self.bytes()).ok() } else { None }
    }
}

impl From<Oid> for ObjectName {
    fn from(id: Oid) -> ObjectName {
        let mut name = ObjectName { bytes: [0; 32], length: 20 };
        name.bytes[..20].copy_from_slice(&id.as_bytes()[..20]);
        name
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        self.bytes().iter().try_for_each(|byte| write!(formatter, "{byte:02x}"))
    }
}

impl fmt::Debug for ObjectName {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_from_hex_in_both_formats_and_written_as_it_was() {
        for hex in ["0123456789abcdef0123456789abcdef01234567", &"0f".repeat(32)] {
            assert_eq!(ObjectName::from_hex(hex.as_bytes()).unwrap().to_string(), hex);
        }
        for wrong in ["", "0", "012", &"0g".repeat(20), &"0".repeat(41)] {
            assert!(ObjectName::from_hex(wrong.as_bytes()).is_none(), "{wrong}");
        }
    }
}
