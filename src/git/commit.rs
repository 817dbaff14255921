//! One commit, read from its raw object.

use git2::{ObjectType, Oid};

use super::{Message, Objects, Unreadable};

/// A commit's header and the facts of its message.
#[derive(Clone, Debug)]
pub struct Commit {
    pub id: Oid,
    pub tree: Oid,
    pub parents: Vec<Oid>,
    /// Lossy UTF-8, before any mailmap.
    pub author_name: String,
    pub author_email: String,
    /// Seconds since 1970.
    pub author_time: i64,
    pub commit_time: i64,
    pub message: Message,
    /// The message is not in the encoding that its header names, or in one that is not known here: it
    /// holds replacement characters.
    pub lossy: bool,
}

impl Commit {
    /// Reads a commit. One without a tree or an author is damaged.
    pub fn read(objects: &Objects, id: Oid) -> Result<Commit, Unreadable> {
        let object = objects.raw(id, ObjectType::Commit)?;
        parse(id, object.data()).ok_or(Unreadable::Damaged)
    }
}

/// The names that git's users give to Latin-1, and its superset of Windows.
const LATIN1: [&[u8]; 7] =
    [b"iso-8859-1", b"iso8859-1", b"iso_8859-1", b"latin1", b"latin-1", b"cp1252", b"windows-1252"];

fn parse(id: Oid, data: &[u8]) -> Option<Commit> {
    let split = memchr::memmem::find(data, b"\n\n").unwrap_or(data.len());
    let (header, body) = (&data[..split], data.get(split + 2..).unwrap_or_default());
    let (mut tree, mut parents, mut author, mut committer) = (None, Vec::new(), None, None);
    let mut latin1 = false;
    for line in header.split(|byte| *byte == b'\n') {
        let Some(space) = memchr::memchr(b' ', line) else { continue };
        let value = &line[space + 1..];
        match &line[..space] {
            b"tree" => tree = oid(value),
            b"parent" => parents.extend(oid(value)),
            b"author" => author = author.or_else(|| person(value)),
            b"committer" => committer = committer.or_else(|| person(value)),
            b"encoding" => latin1 = LATIN1.iter().any(|name| value.eq_ignore_ascii_case(name)),
            _ => {}
        }
    }
    let decode = |bytes: &[u8]| match latin1 {
        true => bytes.iter().map(|byte| char::from(*byte)).collect(),
        false => String::from_utf8_lossy(bytes).into_owned(),
    };
    let lossy = !latin1 && std::str::from_utf8(body).is_err();
    let author = author?;
    Some(Commit {
        id,
        tree: tree?,
        parents,
        author_name: decode(author.name),
        author_email: decode(author.email),
        author_time: author.time,
        commit_time: committer.map_or(author.time, |person| person.time),
        message: Message::parse(&decode(body)),
        lossy,
    })
}

fn oid(hex: &[u8]) -> Option<Oid> {
    Oid::from_str(std::str::from_utf8(hex).ok()?).ok()
}

struct Person<'a> {
    name: &'a [u8],
    email: &'a [u8],
    time: i64,
}

/// The last second of the year 9999, the last that calendars know.
const END_OF_TIME: i64 = 253_402_300_799;

/// `Name <email> seconds zone`; a time that is malformed, or that no calendar has, is 0.
fn person(line: &[u8]) -> Option<Person<'_>> {
    let close = memchr::memrchr(b'>', line)?;
    let open = memchr::memchr(b'<', &line[..close])?;
    let time = std::str::from_utf8(&line[close + 1..]).unwrap_or_default();
    let time = time.split_whitespace().next().and_then(|seconds| seconds.parse().ok());
    let time = time.filter(|seconds| (0..=END_OF_TIME).contains(seconds)).unwrap_or(0);
    Some(Person { name: line[..open].trim_ascii(), email: line[open + 1..close].trim_ascii(), time })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "1111111111111111111111111111111111111111";

    fn commit(extra: &str, message: &[u8]) -> Commit {
        let mut data = format!(
            "tree {ID}\nparent {ID}\nauthor A <B> <a@b.c> 12 +0100\ncommitter C <c@d> 34 -0200\n{extra}\n"
        )
        .into_bytes();
        data.extend_from_slice(message);
        parse(Oid::ZERO_SHA1, &data).unwrap()
    }

    #[test]
    fn header_fields_are_read_and_signatures_skipped() {
        let read = commit("gpgsig -----BEGIN\n tree not-this\n -----END\n", b"Subject\n\nBody\n");
        assert_eq!((read.author_time, read.commit_time), (12, 34));
        assert_eq!(read.parents.len(), 1);
        assert_eq!(read.message.subject, "Subject");
    }

    #[test]
    fn a_latin1_message_is_decoded_by_its_header_and_wild_bytes_are_kept_lossily() {
        let declared = commit("encoding ISO-8859-1\n", b"caf\xe9");
        assert_eq!((declared.message.subject.as_str(), declared.lossy), ("café", false));
        let wild = commit("", b"caf\xe9");
        assert_eq!((wild.message.subject.as_str(), wild.lossy), ("caf\u{fffd}", true));
    }
}
