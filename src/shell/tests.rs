use proptest::prelude::*;

use super::*;

/// Each command as its words, with `$` for an expansion and parentheses for scopes.
fn read(line: &str) -> String {
    let word = |word: &Word| format!("{}{}", word.text, if word.literal { "" } else { "$" });
    let told = pieces(line).into_iter().map(|piece| match piece {
        Piece::Enter => "(".to_owned(),
        Piece::Leave => ")".to_owned(),
        Piece::Command(simple) => {
            let assigned = simple.assignments.iter().map(|(name, value)| format!("{name}={}", word(value)));
            assigned.chain(simple.words.iter().map(word)).map(|word| format!("[{word}]")).collect()
        }
    });
    told.collect::<Vec<String>>().join(" ")
}

#[test]
fn lists_pipes_and_groups_are_separate_commands() {
    assert_eq!(read("cd src && git commit -am 'a b'"), "[cd][src] [git][commit][-am][a b]");
    assert_eq!(read("a|b||c & d;e\nf"), "[a] [b] [c] [d] [e] [f]");
    assert_eq!(read("(cd x; a) && { b; }"), "( [cd][x] [a] ) [b]");
    assert_eq!(read("if a; then ! b; else time c; fi"), "[a] [b] [c]");
}

#[test]
fn quotes_and_escapes_are_taken_off() {
    assert_eq!(read(r#"g\it "co""mmit" -m'x' $'a\nb' "a\"b\c""#), "[git][commit][-mx][a\nb][a\"b\\c]");
    assert_eq!(read("git \\\n  commit # not this && git push"), "[git][commit]");
    assert_eq!(read("echo 'git commit' \"git commit\" a#b"), "[echo][git commit][git commit][a#b]");
}

#[test]
fn assignments_in_front_are_no_words() {
    assert_eq!(read("A=1 B='x y' git commit C=2"), "[A=1][B=x y][git][commit][C=2]");
    assert_eq!(read("'A'=1 x"), "[A=1][x]");
    assert_eq!(pieces("A=1 x").len(), 1);
}

#[test]
fn redirections_are_left_out_with_what_they_name() {
    assert_eq!(read("git commit >out 2>&1 <in -m x &>log"), "[git][commit][-m][x]");
    assert_eq!(read("cat <<<word >>log"), "[cat]");
    assert_eq!(read("diff <(git commit) b"), "( [git][commit] ) [diff][b]");
}

#[test]
fn commands_in_substitutions_come_first() {
    assert_eq!(
        read("echo $(git commit -m x) `git push`"),
        "( [git][commit][-m][x] ) ( [git][push] ) [echo][$][$]"
    );
    assert_eq!(read(r#"a "b $(c "d $(e)") f""#), "( ( [e] ) [c][d $] ) [a][b  f$]");
    assert_eq!(read("a ${b:-$(c)} $d $((1 + 2))"), "( [c] ) ( ( [1][+][2] ) ) [a][$][$][$]");
}

#[test]
fn the_text_of_a_here_document_is_no_command_but_its_substitutions_are() {
    let line = "git commit -m \"$(cat <<'EOF'\nfeat: x (y)\n\n`rm -rf`; git push\nEOF\n)\" && git log";
    assert_eq!(read(line), "( [cat] ) [git][commit][-m][$] [git][log]");
    assert_eq!(read("cat <<EOF\n$(a) b; c\nEOF\nd"), "[cat] ( [a] ) [d]");
    assert_eq!(read("cat <<-EOF\n\tx\n\tEOF\nd"), "[cat] [d]");
}

#[test]
fn what_a_shell_would_refuse_is_read_all_the_same() {
    assert_eq!(read("a ) b"), "[a] [b]");
    assert_eq!(read("case x in y) git commit;; esac"), "[case][x][in][y] [git][commit] [esac]");
    assert_eq!(read("a 'b"), "[a][b]");
    assert_eq!(read("a $(b"), "( [b] ) [a][$]");
}

#[test]
fn only_one_plain_command_is_split() {
    let words = |line| split(line).map(|(_, words)| words);
    assert_eq!(words("npm run 'a b'"), Some(vec!["npm".into(), "run".into(), "a b".into()]));
    assert_eq!(split("A=1 b").unwrap().0, [("A".to_owned(), "1".to_owned())]);
    for line in ["a && b", "a $x", "a *.ts", "a > b", "a | b", "", "a; b", "(a)"] {
        assert_eq!(words(line), None, "{line}");
    }
    assert_eq!(words("a 'b;c'").map(|words| words.len()), Some(2));
}

/// As a shell that is careful would write a word.
fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\'', "'\\''"))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn anything_is_read_to_its_end(line in r#"[a-z \n'"$(){}`\\;&|<>#=*-]{0,200}"#) {
        let mut depth = 0i32;
        for piece in pieces(&line) {
            match piece {
                Piece::Enter => depth += 1,
                Piece::Leave => depth -= 1,
                Piece::Command(simple) => prop_assert_ne!(simple, Simple::default()),
            }
            prop_assert!(depth >= 0);
        }
        prop_assert_eq!(depth, 0);
    }

    #[test]
    fn any_text_is_read(line in "\\PC{0,80}") {
        pieces(&line);
    }

    #[test]
    fn quoted_words_are_read_back(words in prop::collection::vec("\\PC{0,12}", 1..6)) {
        let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        let read = pieces(&format!("x {}", line.join(" ")));
        let Piece::Command(simple) = &read[0] else { return Err(TestCaseError::fail("no command")) };
        let told: Vec<&str> = simple.words[1..].iter().map(|word| word.text.as_str()).collect();
        prop_assert_eq!(told, words.iter().map(String::as_str).collect::<Vec<_>>());
    }

    #[test]
    fn a_command_is_found_wherever_it_stands(
        before in prop::collection::vec(prop::sample::select(vec![
            "cd x && ", "a; ", "b | ", "( ", "{ ", "if c; then ", "echo $(", "A=1 ", "\n", "! ", "d || ", "echo \"$(",
        ]), 0..5),
    ) {
        let line = format!("{}git commit -m x", before.concat());
        let found = pieces(&line).into_iter().any(|piece| matches!(piece, Piece::Command(simple)
            if simple.words.iter().map(|word| word.text.as_str()).take(2).eq(["git", "commit"])));
        prop_assert!(found, "{line}");
    }
}
