//! A pattern as the steps of a state machine.
//!
//! Steps, their jumps and the order in which they are laid out follow tree-sitter's `query.c`, so that
//! the machine finds the same matches. Its analysis of the grammar, which costs milliseconds, is left
//! out: it only spares states that could not fail, and refuses patterns that cannot match.

use super::parse::{Expr, Kind, Pattern, Quantifier, What};

/// Depth of the step that ends a program.
pub(super) const DONE: u16 = u16::MAX;

/// What a node must be to take the machine one step further.
#[derive(Clone)]
pub(super) struct Step {
    /// Visible levels below the pattern's root.
    pub depth: u16,
    pub kind: StepKind,
    pub field: Option<u16>,
    pub negated: Vec<u16>,
    pub captures: Vec<u16>,
    /// The step at which a copy of the state goes on.
    pub alternative: Option<usize>,
    /// The alternative is the way past a `?` or `*` that matches nothing.
    pub alternative_skips: bool,
    /// Only a jump to the alternative.
    pub dead_end: bool,
    /// Only a fork.
    pub pass_through: bool,
    /// No named sibling may stand between the node and the one matched before.
    pub immediate: bool,
    /// No named sibling may follow the node.
    pub last_child: bool,
    /// A match of this step leaves other ways to match it open, because something below it or right
    /// after it can fail, or because it captures.
    pub splits: bool,
    in_choice: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum StepKind {
    Any,
    AnyNamed,
    Kind(u16),
}

pub(super) struct Program {
    pub steps: Vec<Step>,
    /// The steps at which a root node may start, in order.
    pub entries: Vec<usize>,
    /// The steps at which any child of the root node may start: of a row of siblings, and below a
    /// wildcard that says nothing of the root itself.
    pub child_entries: Vec<ChildEntry>,
}

#[derive(Clone, Copy)]
pub(super) struct ChildEntry {
    pub step: usize,
    /// The wildcard above; none for a row of siblings.
    pub root: Option<usize>,
}

impl Program {
    pub(super) fn of(pattern: &Pattern) -> Program {
        Program::starting_at(pattern, if is_single(&pattern.root) { 0 } else { 1 })
    }

    fn starting_at(pattern: &Pattern, depth: u16) -> Program {
        let mut program = Program { steps: Vec::new(), entries: Vec::new(), child_entries: Vec::new() };
        program.lay(&pattern.root, depth, pattern.root.anchored, false);
        program.steps.push(Step::new(StepKind::Any, DONE));
        program.find_entries();
        program.detach_loops_from_choices();
        program.mark_splits();
        program
    }

    fn find_entries(&mut self) {
        let forward = |at: usize, steps: &[Step]| steps[at].alternative.filter(|next| *next > at);
        let mut next = Some(0);
        let mut after_wildcard = None;
        while let Some(at) = next {
            let step = &self.steps[at];
            let is_start = step.depth != DONE && !step.dead_end && !step.pass_through;
            let mut entry = at;
            if is_start && step.depth == 1 {
                self.child_entries.push(ChildEntry { step: at, root: None });
            } else if is_start && self.is_skipped_wildcard(at) {
                after_wildcard = forward(at, &self.steps);
                entry = at + 1;
                self.child_entries.push(ChildEntry { step: entry, root: Some(at) });
                // The ways past an optional first child start at children too.
                while let Some(skip) = forward(entry, &self.steps).filter(|skip| self.steps[*skip].depth == 1)
                {
                    self.child_entries.push(ChildEntry { step: skip, root: Some(at) });
                    entry = skip;
                }
            } else if is_start {
                self.entries.push(at);
            }
            next = if entry == at { forward(at, &self.steps) } else { after_wildcard.take() };
        }
    }

    fn is_skipped_wildcard(&self, at: usize) -> bool {
        let (step, below) = (&self.steps[at], &self.steps[at + 1]);
        step.depth == 0
            && step.field.is_none()
            && !matches!(step.kind, StepKind::Kind(_))
            && below.depth == 1
            && matches!(below.kind, StepKind::Kind(_))
            && !below.immediate
    }

    fn lay(&mut self, expr: &Expr, depth: u16, immediate: bool, in_choice: bool) {
        let start = self.steps.len();
        match &expr.what {
            What::Choice(branches) => self.lay_choice(branches, depth, immediate),
            What::Sequence(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.lay(item, depth, item.anchored || (index == 0 && immediate), in_choice);
                }
            }
            What::Node(node) => {
                let kind = match &node.kind {
                    Kind::Any => StepKind::Any,
                    Kind::AnyNamed => StepKind::AnyNamed,
                    Kind::Named(id) | Kind::Anonymous(id, _) => StepKind::Kind(*id),
                };
                self.steps.push(Step { negated: node.negated.clone(), immediate, ..Step::new(kind, depth) });
                let mut last = start;
                for child in &node.children {
                    last = self.steps.len();
                    self.lay(child, depth + 1, child.anchored, in_choice);
                }
                if node.last_anchored {
                    self.on_branches(last, |step| step.last_child = true);
                }
            }
        }
        if self.steps.len() == start {
            return;
        }
        for &capture in &expr.captures {
            self.on_branches(start, |step| step.captures.push(capture));
        }
        self.lay_quantifier(expr.quantifier, start, depth, in_choice);
        if let Some(field) = expr.field {
            self.on_branches(start, |step| step.field = Some(field));
        }
    }

    fn lay_choice(&mut self, branches: &[Expr], depth: u16, immediate: bool) {
        let mut starts = Vec::with_capacity(branches.len());
        for branch in branches {
            starts.push(self.steps.len());
            self.lay(branch, depth, immediate, true);
            self.steps.push(Step::new(StepKind::Any, depth));
        }
        self.steps.pop();
        let after = self.steps.len();
        for pair in starts.windows(2) {
            self.steps[pair[0]].alternative = Some(pair[1]);
            let end = &mut self.steps[pair[1] - 1];
            end.alternative = Some(after);
            end.dead_end = true;
        }
    }

    fn lay_quantifier(&mut self, quantifier: Quantifier, start: usize, depth: u16, in_choice: bool) {
        if matches!(quantifier, Quantifier::OneOrMore | Quantifier::ZeroOrMore) {
            self.steps.push(Step {
                alternative: Some(start),
                pass_through: true,
                in_choice,
                ..Step::new(StepKind::Any, depth)
            });
        }
        if matches!(quantifier, Quantifier::ZeroOrOne | Quantifier::ZeroOrMore) {
            let end = self.steps.len();
            let loops = quantifier == Quantifier::ZeroOrMore;
            let inside = end - usize::from(loops);
            let mut at = start;
            while let Some(next) = self.steps[at].alternative.filter(|next| (at + 1..inside).contains(next)) {
                at = next;
            }
            self.steps[at].alternative = Some(end);
            self.steps[at].alternative_skips = true;
        }
    }

    /// Applies to the step and to the first steps of its later branches.
    fn on_branches(&mut self, start: usize, apply: impl Fn(&mut Step)) {
        let end = self.steps.len();
        let mut at = start;
        loop {
            apply(&mut self.steps[at]);
            match self.steps[at].alternative {
                Some(next) if next > at && next < end => at = next,
                _ => return,
            }
        }
    }

    /// A quantified branch of a choice must loop back to itself only, not to the branches after it:
    /// its loop goes to a copy of the branch's first step, laid out behind the program.
    fn detach_loops_from_choices(&mut self) {
        let end = self.steps.len() - 1;
        for at in 0..end {
            let step = &self.steps[at];
            let Some(target) = step.alternative.filter(|target| *target < at) else { continue };
            if !step.pass_through || !step.in_choice {
                continue;
            }
            if !self.steps[target].alternative.is_some_and(|next| next > target && next < end) {
                continue;
            }
            let copy = self.steps.len();
            let first = Step { alternative: None, ..self.steps[target].clone() };
            let redirect = Step {
                dead_end: true,
                alternative: Some(target + 1),
                ..Step::new(StepKind::Any, first.depth)
            };
            self.steps.push(first);
            self.steps.push(redirect);
            self.steps[at].alternative = Some(copy);
        }
    }

    fn mark_splits(&mut self) {
        for at in 0..self.steps.len() {
            let depth = self.steps[at].depth;
            if depth == DONE {
                continue;
            }
            let below = self.steps[at + 1..].iter().take_while(|s| s.depth != DONE && s.depth > depth);
            let captures =
                !self.steps[at].captures.is_empty() || below.into_iter().any(|s| !s.captures.is_empty());
            let next = self.steps[at + 1..].iter().find(|step| !step.pass_through);
            let can_fail = next.is_some_and(|next| {
                next.depth != DONE && (next.depth > depth || (next.depth == depth && next.immediate))
            });
            self.steps[at].splits = captures || can_fail;
        }
    }
}

/// Whether a match has one root node, and is no row of siblings.
fn is_single(expr: &Expr) -> bool {
    let repeats = matches!(expr.quantifier, Quantifier::OneOrMore | Quantifier::ZeroOrMore);
    !repeats
        && match &expr.what {
            What::Node(_) => true,
            What::Sequence(items) => items.len() == 1 && is_single(&items[0]),
            What::Choice(branches) => branches.iter().all(is_single),
        }
}

impl Step {
    fn new(kind: StepKind, depth: u16) -> Step {
        Step {
            depth,
            kind,
            field: None,
            negated: Vec::new(),
            captures: Vec::new(),
            alternative: None,
            alternative_skips: false,
            dead_end: false,
            pass_through: false,
            immediate: false,
            last_child: false,
            splits: false,
            in_choice: false,
        }
    }
}
