//! How much text there is to read, by which progress is told.

use std::iter::Sum;
use std::ops::Add;

use crate::syntax::Language;

/// Bytes of code, both sides of each change. Python is apart, as it takes longer to classify.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Volume {
    pub python: u64,
    pub others: u64,
}

impl Volume {
    pub fn count(&mut self, path: &str, bytes: usize) {
        match Language::of_path(path) {
            Some(Language::Python) => self.python += bytes as u64,
            _ => self.others += bytes as u64,
        }
    }

    pub fn times(self, factor: f64) -> Volume {
        let times = |bytes: u64| (bytes as f64 * factor) as u64;
        Volume { python: times(self.python), others: times(self.others) }
    }

    pub fn bytes(self) -> u64 {
        self.python + self.others
    }
}

impl Add for Volume {
    type Output = Volume;

    fn add(self, other: Volume) -> Volume {
        Volume { python: self.python + other.python, others: self.others + other.others }
    }
}

impl Sum for Volume {
    fn sum<I: Iterator<Item = Volume>>(volumes: I) -> Volume {
        volumes.fold(Volume::default(), Add::add)
    }
}
