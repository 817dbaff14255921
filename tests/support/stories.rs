//! Repositories that several tests start from.

use super::TestRepo;

/// A small module with a mistake in it: `cart.itmes`.
pub const CART: &str = "\
import { money } from './money';

export interface Cart {
  items: number[];
  discount: number;
}

export function subtotal(cart: Cart): number {
  let sum = 0;
  for (const price of cart.itmes) {
    sum += price;
  }
  return sum;
}

export function total(cart: Cart): string {
  return money(subtotal(cart) - cart.discount);
}
";

pub const MONEY: &str = "\
export function money(cents: number): string {
  return (cents / 100).toFixed(2) + ' EUR';
}
";

/// A repository in which `src/cart.ts` was added with a mistake, after a commit that has nothing to do
/// with it; the name of the commit that added it.
pub fn with_mistake() -> (TestRepo, String) {
    let repo = TestRepo::new();
    repo.write("README.md", "# Shop\n").write("src/money.ts", MONEY).commit("Initial commit");
    let origin = repo.write("src/cart.ts", CART).commit("feat: add a cart");
    (repo, origin)
}

/// Repairs that mistake.
pub fn repair(repo: &TestRepo) -> String {
    repo.edit("src/cart.ts", "cart.itmes", "cart.items").commit("fix: sum the items of a cart")
}

/// Three modules that forgot an import and the cart, each repaired minutes later; a merge, a bot and a
/// revert beside them.
pub fn shop() -> TestRepo {
    let (repo, _) = with_mistake();
    repair(&repo);
    for name in ["orders", "refunds", "gifts"] {
        let path = format!("src/{name}.ts");
        let module = format!(
            "import type {{ Cart }} from './cart';\n\n\
             export function {name}(carts: Cart[]): string[] {{\n  \
             return carts.map((cart) => total(cart));\n}}\n"
        );
        repo.days(3).write(&path, module).commit(&format!("feat: list {name}"));
        repo.minutes(20).edit(&path, "import type { Cart }", "import { total, type Cart }");
        repo.commit(&format!("fix: import the total of {name}"));
    }
    repo.days(1).author("dependabot[bot]", "bot@example.com");
    repo.write("src/money.ts", MONEY.replace("EUR", "€")).commit("chore: bump a currency");
    repo.author("Grace Hopper", "grace@example.com").branch("agent/francs");
    let francs = repo.edit("src/money.ts", "€", "CHF").commit("feat: francs");
    repo.minutes(90).record(&["revert", "--no-edit", &francs]);
    repo.checkout("main").author("Ada Lovelace", "ada@example.com");
    repo.write("README.md", "# The shop\n").commit("docs: a title");
    repo.record(&["merge", "-q", "--no-ff", "-m", "Merge branch 'agent/francs'", "agent/francs"]);
    repo
}
