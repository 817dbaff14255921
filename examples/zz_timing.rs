use std::sync::Mutex;
use std::time::Instant;
struct P(Mutex<Instant>);
impl friction::scan::Progress for P {
    fn stage(&self, n: &'static str, t: u64) {
        let mut g = self.0.lock().unwrap();
        eprintln!("{:?} -> {n} {t}", g.elapsed());
        *g = Instant::now();
    }
    fn add(&self, _: u64) {}
}
fn main() {
    let r = friction::git::Repo::open(std::path::Path::new(&std::env::args().nth(1).unwrap())).unwrap();
    rayon::ThreadPoolBuilder::new().num_threads(1).build_global().unwrap();
    let p = P(Mutex::new(Instant::now()));
    let o = friction::scan::ScanOptions { refs: friction::git::RefFilter::HeadOnly, ..Default::default() };
    let s = friction::scan::scan(&r, &o, &p).unwrap();
    eprintln!("{:?} end {}", p.0.lock().unwrap().elapsed(), s.corrections.len());
}
