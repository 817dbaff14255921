//! Runs one program at one root node.
//!
//! The states and the order in which they are moved, copied and dropped follow `ts_query_cursor__advance`
//! in tree-sitter's `query.c`, because which of several overlapping matches survive depends on it. What
//! differs: only the root's subtree is visited, and of it only what a state waits for.

use std::cmp::Ordering;

use tree_sitter::{Node, TreeCursor};

use super::program::{ChildEntry, DONE, Program, Step, StepKind};
use super::vocabulary::{NO_KIND, Vocabulary};

/// Capture, node; in the order of the nodes in the text.
pub(super) type Captures<'t> = Vec<(u16, Node<'t>)>;

/// A node and its place among its siblings.
#[derive(Clone, Copy)]
pub(super) struct Place<'t> {
    pub node: Node<'t>,
    pub kind: u16,
    pub field: Option<u16>,
    named: bool,
    has_later: bool,
    has_later_named: bool,
    has_later_of_field: bool,
}

impl<'t> Place<'t> {
    /// A node whose siblings do not matter.
    pub(super) fn root(node: Node<'t>, kind: u16, field: Option<u16>) -> Place<'t> {
        Place {
            node,
            kind,
            field,
            named: node.is_named(),
            has_later: false,
            has_later_named: false,
            has_later_of_field: false,
        }
    }
}

/// One way in which the program may go on.
struct State<'t> {
    step: usize,
    captures: Captures<'t>,
    /// The very next sibling must match.
    immediate: bool,
    /// Another state may still come to capture all that this one has, and more.
    may_be_surpassed: bool,
    /// Came here past a quantifier that matched nothing, so that an anchor has nothing to hold on to.
    skipped_quantifier: bool,
    /// The root's step, whose captures are still to be made.
    pending_root: Option<usize>,
}

impl<'t> State<'t> {
    fn starting_at(step: usize, pending_root: Option<usize>, captures: Captures<'t>) -> State<'t> {
        State {
            step,
            captures,
            immediate: true,
            may_be_surpassed: false,
            skipped_quantifier: false,
            pending_root,
        }
    }
}

/// The working memory, kept from root to root.
pub(super) struct Machine<'t> {
    vocabulary: &'static Vocabulary,
    cursor: TreeCursor<'t>,
    states: Vec<State<'t>>,
    /// The children of the nodes on the way down, level upon level.
    children: Vec<Place<'t>>,
    /// The root whose children are at the bottom of `children`, kept for the next program.
    gathered: Option<Node<'t>>,
    finished: Vec<Captures<'t>>,
    spare: Vec<Captures<'t>>,
}

impl<'t> Machine<'t> {
    pub(super) fn new(vocabulary: &'static Vocabulary, cursor: TreeCursor<'t>) -> Machine<'t> {
        Machine {
            vocabulary,
            cursor,
            states: Vec::new(),
            children: Vec::new(),
            gathered: None,
            finished: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// The captures of each match at a root.
    pub(super) fn run(&mut self, program: &Program, root: Place<'t>) -> &[Captures<'t>] {
        self.spare.append(&mut self.finished);
        for &step in program.entries.iter().filter(|entry| could_start(&program.steps[**entry], &root)) {
            let captures = self.empty_captures();
            self.states.push(State::starting_at(step, None, captures));
        }
        if !self.states.is_empty() {
            self.enter(program, root, 0, root.node);
            self.finish_all(program);
        }
        if !program.child_entries.is_empty() && root.kind != NO_KIND {
            self.start_at_children(program, root);
            self.finish_all(program);
        }
        &self.finished
    }

    fn empty_captures(&mut self) -> Captures<'t> {
        let mut captures = self.spare.pop().unwrap_or_default();
        captures.clear();
        captures
    }

    fn finish_all(&mut self, program: &Program) {
        for state in self.states.drain(..) {
            if program.steps[state.step].depth == DONE && !self.finished.contains(&state.captures) {
                self.finished.push(state.captures);
            }
        }
    }

    /// Moves over the children of a root any of which may start.
    fn start_at_children(&mut self, program: &Program, root: Place<'t>) {
        let allowed =
            |entry: &&ChildEntry| entry.root.is_none_or(|step| matches(&program.steps[step], &root));
        self.gather_below(root.node, 0);
        for index in 0..self.children.len() {
            let child = self.children[index];
            for entry in program.child_entries.iter().filter(allowed) {
                let waits_already = self.states.last().is_some_and(|state| state.step == entry.step);
                if could_start(&program.steps[entry.step], &child) && !waits_already {
                    let captures = self.empty_captures();
                    self.states.push(State::starting_at(entry.step, entry.root, captures));
                }
            }
            if !self.states.is_empty() {
                self.enter(program, child, 1, root.node);
            }
        }
    }

    /// Moves all states over a node, then over what is below it.
    fn enter(&mut self, program: &Program, place: Place<'t>, depth: u16, root: Node<'t>) {
        self.advance(program, place, depth, root);
        self.drop_surpassed(program);
        let waits_below = |state: &State| {
            let wanted = program.steps[state.step].depth;
            wanted != DONE && wanted > depth
        };
        if !self.states.iter().any(waits_below) {
            return;
        }
        let first = self.gather_below(place.node, depth);
        for index in first..self.children.len() {
            if !self.states.iter().any(waits_below) {
                break;
            }
            self.enter(program, self.children[index], depth + 1, root);
        }
        if depth > 0 {
            self.children.truncate(first);
        }
        // What was to be found below was not.
        let spare = &mut self.spare;
        self.states.retain_mut(|state| {
            let keeps = program.steps[state.step].depth == DONE || program.steps[state.step].depth <= depth;
            if !keeps {
                spare.push(std::mem::take(&mut state.captures));
            }
            keeps
        });
    }

    /// Sees to it that the children of a node are the last in `children`, and returns where they begin.
    fn gather_below(&mut self, node: Node<'t>, depth: u16) -> usize {
        if depth == 0 {
            if self.gathered == Some(node) {
                return 0;
            }
            self.children.clear();
            self.gathered = Some(node);
        }
        let first = self.children.len();
        self.gather(node);
        first
    }

    /// Appends the visible children of a node.
    fn gather(&mut self, node: Node<'t>) {
        let first = self.children.len();
        self.cursor.reset(node);
        if !self.cursor.goto_first_child() {
            return;
        }
        loop {
            let node = self.cursor.node();
            self.children.push(Place {
                node,
                kind: self.vocabulary.kind_of(node),
                field: self.cursor.field_id().map(Into::into),
                named: node.is_named(),
                has_later: true,
                has_later_named: false,
                has_later_of_field: false,
            });
            if !self.cursor.goto_next_sibling() {
                break;
            }
        }
        let (mut has_later_named, mut later_fields) = (false, 0u128);
        for child in self.children[first..].iter_mut().rev() {
            let field = child.field.map_or(0, |field| 1 << (field % 128));
            child.has_later_named = has_later_named;
            child.has_later_of_field = later_fields & field != 0;
            has_later_named |= child.named;
            later_fields |= field;
        }
        if let Some(last) = self.children.last_mut() {
            last.has_later = false;
        }
    }

    fn advance(&mut self, program: &Program, place: Place<'t>, depth: u16, root: Node<'t>) {
        let mut at = 0;
        while at < self.states.len() {
            let state = &mut self.states[at];
            state.may_be_surpassed = false;
            let step = &program.steps[state.step];
            if step.depth != depth {
                at += 1;
                continue;
            }
            let must_be_this =
                (step.immediate && place.named && !state.skipped_quantifier) || state.immediate;
            let none_of_field =
                step.field.is_some() && step.field == place.field && !place.has_later_of_field;
            let later_can_match = place.has_later && !must_be_this && !none_of_field;
            if !matches(step, &place) {
                if later_can_match {
                    at += 1;
                } else {
                    let dropped = self.states.remove(at);
                    self.spare.push(dropped.captures);
                }
                continue;
            }
            let mut copies = 0;
            if later_can_match && step.splits {
                self.copy_state(at);
                copies += 1;
            }
            let state = &mut self.states[at];
            if let Some(above) = state.pending_root.take() {
                state.captures.extend(program.steps[above].captures.iter().map(|capture| (*capture, root)));
            }
            state.captures.extend(step.captures.iter().map(|capture| (*capture, place.node)));
            state.step += 1;
            // Anchors look past anonymous nodes, except right after `_`, which takes any node.
            state.immediate = step.kind == StepKind::Any && program.steps[state.step].immediate;
            state.skipped_quantifier = false;
            copies += self.branch(program, at, place.has_later_named);
            at += 1 + copies;
        }
    }

    /// Follows the jumps and forks of the step that a state has come to; returns the number of copies,
    /// which stand behind the state.
    fn branch(&mut self, program: &Program, at: usize, has_later_named: bool) -> usize {
        let mut copies = 0;
        let mut index = at;
        while index <= at + copies {
            let state = &mut self.states[index];
            let here = state.step;
            let step = &program.steps[here];
            let Some(alternative) = step.alternative else {
                index += 1;
                continue;
            };
            if step.dead_end {
                state.step = alternative;
                continue;
            }
            if step.pass_through {
                state.step += 1;
            }
            // Past the pass-through step there may be another jump for the same state.
            let next = if step.pass_through { index } else { index + 1 };
            if step.alternative_skips && step.last_child && has_later_named {
                index = next;
                continue;
            }
            let skipped_first_child =
                state.step.checked_sub(1).is_some_and(|before| program.steps[before].depth < step.depth);
            self.copy_state(index);
            copies += 1;
            let copy = &mut self.states[index + 1];
            copy.step = alternative;
            if step.pass_through {
                copy.immediate = true;
            }
            if step.alternative_skips {
                if !step.immediate {
                    copy.skipped_quantifier = program.steps[alternative].depth == step.depth;
                } else if skipped_first_child {
                    // What comes instead must still be the first child.
                    copy.immediate = true;
                }
            }
            index = next;
        }
        copies
    }

    fn copy_state(&mut self, at: usize) {
        let mut captures = self.empty_captures();
        let state = &self.states[at];
        captures.extend_from_slice(&state.captures);
        let copy = State { captures, ..*state };
        self.states.insert(at + 1, copy);
    }

    /// Keeps the longest of the states that are at the same step, and sets aside a finished state for as
    /// long as another may still capture more.
    fn drop_surpassed(&mut self, program: &Program) {
        if self.states.len() > 1 {
            self.states.sort_by_key(|state| state.captures.first().map(|(_, node)| node.start_byte()));
        }
        let mut left = 0;
        'states: while left < self.states.len() {
            let mut right = left + 1;
            while right < self.states.len() {
                let (before, after) = self.states.split_at_mut(right);
                let (state, other) = (&mut before[left], &mut after[0]);
                if let (Some((_, last)), Some((_, first))) = (state.captures.last(), other.captures.first())
                    && first.start_byte() >= last.end_byte()
                {
                    break;
                }
                let (contains_other, contained_in_other) = compare(&state.captures, &other.captures);
                let same_step = state.step == other.step;
                if contains_other {
                    if same_step && (other.immediate || !state.immediate) {
                        let dropped = self.states.remove(right);
                        self.spare.push(dropped.captures);
                        continue;
                    }
                    other.may_be_surpassed = true;
                }
                if contained_in_other {
                    if same_step && (state.immediate || !other.immediate) {
                        let dropped = self.states.remove(left);
                        self.spare.push(dropped.captures);
                        continue 'states;
                    }
                    state.may_be_surpassed = true;
                }
                right += 1;
            }
            let state = &self.states[left];
            if program.steps[state.step].depth == DONE && !state.may_be_surpassed {
                let done = self.states.remove(left);
                if !self.finished.contains(&done.captures) {
                    self.finished.push(done.captures);
                }
            } else {
                left += 1;
            }
        }
    }
}

fn could_start(step: &Step, root: &Place) -> bool {
    let kind = match step.kind {
        StepKind::Kind(kind) => kind == root.kind,
        StepKind::Any | StepKind::AnyNamed => root.kind != NO_KIND,
    };
    kind && step.field.is_none_or(|field| root.field == Some(field))
}

fn matches(step: &Step, place: &Place) -> bool {
    let kind = match step.kind {
        StepKind::Kind(kind) => kind == place.kind,
        StepKind::Any => place.kind != NO_KIND,
        StepKind::AnyNamed => place.kind != NO_KIND && place.named,
    };
    kind && !(step.last_child && place.has_later_named)
        && step.field.is_none_or(|field| place.field == Some(field))
        && step.negated.iter().all(|field| place.node.child_by_field_id(*field).is_none())
}

/// Whether the left captures contain all of the right ones, and the other way round.
fn compare(left: &Captures, right: &Captures) -> (bool, bool) {
    let (mut contains, mut contained) = (true, true);
    let (mut i, mut j) = (0, 0);
    while let (Some(a), Some(b)) = (left.get(i), right.get(j)) {
        let order = if a == b { None } else { Some(in_walk(&a.1, &b.1)) };
        match order {
            None => {}
            Some(Ordering::Less) => {
                contained = false;
                i += 1;
                continue;
            }
            Some(Ordering::Greater) => {
                contains = false;
                j += 1;
                continue;
            }
            Some(Ordering::Equal) => (contains, contained) = (false, false),
        }
        i += 1;
        j += 1;
    }
    (contains && j == right.len(), contained && i == left.len())
}

/// Which node comes first on a depth-first walk.
fn in_walk(left: &Node, right: &Node) -> Ordering {
    if left.id() == right.id() {
        return Ordering::Equal;
    }
    left.start_byte().cmp(&right.start_byte()).then(right.end_byte().cmp(&left.end_byte()))
}
