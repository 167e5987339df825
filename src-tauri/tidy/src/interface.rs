//! Rules about the interface: one bridge to the app, and walls between its features.

use crate::sources::Source;
use crate::{Breach, breach};

/// Only `ui/src/ipc/` imports `@tauri-apps`, so that everything else also runs in a browser.
pub fn one_bridge(sources: &[Source]) -> Vec<Breach> {
    let others = interface(sources).filter(|source| !source.path.starts_with("ui/src/ipc/"));
    others
        .filter(|source| imports(source).iter().any(|import| import.starts_with("@tauri-apps")))
        .map(|source| breach("one_bridge", &source.path, "imports @tauri-apps: only ui/src/ipc/ may"))
        .collect()
}

/// Features never import each other; components import no feature and no view.
pub fn feature_walls(sources: &[Source]) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for source in interface(sources) {
        for import in imports(source) {
            let Some(target) = resolve(&source.path, &import) else { continue };
            let upward = target.starts_with("ui/src/features/") || target.starts_with("ui/src/views/");
            let wrong = match feature(&source.path) {
                Some(own) => feature(&target).is_some_and(|other| other != own),
                None => source.path.starts_with("ui/src/components/") && upward,
            };
            if wrong {
                let why = format!("may not import {import}: share it through a view, components/ or ipc/");
                breaches.push(breach("feature_walls", &source.path, why));
            }
        }
    }
    breaches
}

fn interface(sources: &[Source]) -> impl Iterator<Item = &Source> {
    let code = [".ts", ".js", ".svelte"];
    sources.iter().filter(move |source| {
        source.path.starts_with("ui/src/") && code.iter().any(|ending| source.path.ends_with(ending))
    })
}

/// What a file imports, by any of the forms `from "x"`, `import "x"` and `import("x")`.
fn imports(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    for line in source.text.lines() {
        for keyword in ["from ", "import ", "import("] {
            for (at, _) in line.match_indices(keyword) {
                let rest = line[at + keyword.len()..].trim_start();
                let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''));
                if let Some(name) = quote.and_then(|quote| rest[1..].split(quote).next()) {
                    found.push(name.to_owned());
                }
            }
        }
    }
    found
}

/// The path an import means: relative ones by the file's folder, aliases by the part that names a tier.
fn resolve(path: &str, import: &str) -> Option<String> {
    if import.starts_with('.') {
        let mut parts: Vec<&str> = path.split('/').collect();
        parts.pop();
        for part in import.split('/') {
            match part {
                "." | "" => {}
                ".." => drop(parts.pop()),
                name => parts.push(name),
            }
        }
        return Some(parts.join("/"));
    }
    let tiers = ["features/", "views/", "components/", "ipc/"];
    let at = tiers.iter().filter_map(|tier| import.find(tier)).min()?;
    Some(format!("ui/src/{}", &import[at..]))
}

fn feature(path: &str) -> Option<&str> {
    path.strip_prefix("ui/src/features/")?.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> [Source; 1] {
        [Source { path: path.to_owned(), text: text.to_owned() }]
    }

    #[test]
    fn the_bridge_is_imported_in_one_folder_only() {
        let text = "import { invoke } from '@tauri-apps/api/core';\n";
        assert_eq!(one_bridge(&source("ui/src/views/Floor.svelte", text)).len(), 1);
        assert_eq!(one_bridge(&source("ui/src/a.ts", "const api = await import(\"@tauri-apps/api\");\n")).len(), 1);
        assert!(one_bridge(&source("ui/src/ipc/tauri.ts", text)).is_empty());
    }

    #[test]
    fn a_feature_that_imports_another_is_a_breach_however_it_is_spelled() {
        for text in [
            "import Chart from '../ledgers/Chart.svelte';\n",
            "import {\n  a,\n} from \"../../features/ledgers/chart\";\n",
            "export { a } from '$lib/features/ledgers/chart';\n",
            "import '@/features/ledgers/chart.css';\n",
        ] {
            assert_eq!(feature_walls(&source("ui/src/features/floor/Ticket.svelte", text)).len(), 1, "{text}");
        }
    }

    #[test]
    fn a_feature_may_import_itself_and_the_components() {
        let text = "import A from './A.svelte';\nimport B from '../../components/Table.svelte';\n";
        assert!(feature_walls(&source("ui/src/features/floor/Ticket.svelte", text)).is_empty());
    }

    #[test]
    fn a_component_that_knows_a_feature_or_a_view_is_a_breach() {
        let text = "import a from '../features/floor/a';\nimport b from '../views/Floor.svelte';\n";
        assert_eq!(feature_walls(&source("ui/src/components/Table.svelte", text)).len(), 2);
    }
}
