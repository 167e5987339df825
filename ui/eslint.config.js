import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

// Three tiers: components know no domain, features know no other feature, views put features together. Only ipc/
// touches Tauri, so that everything else also runs in a browser.
const FEATURES = ['ledgers', 'floor', 'books', 'lab', 'inbox', 'settings'];
const bridge = { group: ['@tauri-apps/*'], message: 'Only ui/src/ipc/ talks to Tauri.' };
const ban = (...groups) => ({
  'no-restricted-imports': ['error', { patterns: [bridge, ...groups.map(([message, ...group]) => ({ group, message }))] }],
});

const tiers = [
  { files: ['src/**'], ignores: ['src/ipc/**'], rules: ban() },
  {
    files: ['src/components/**'],
    rules: ban(['Components are domain-free.', '**/features/**', '**/views/**', '**/state/**', '**/ipc/**']),
  },
  {
    files: ['src/lib/**'],
    rules: ban(['lib/ holds pure helpers.', '**/features/**', '**/views/**', '**/state/**', '**/components/**']),
  },
  {
    files: ['src/state/**'],
    rules: ban(['State knows no screen.', '**/features/**', '**/views/**', '**/components/**']),
  },
  {
    files: ['src/ipc/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: [{ group: ['**/features/**', '**/views/**', '**/state/**', '**/components/**'], message: 'ipc/ is below the screens.' }] },
      ],
    },
  },
  ...FEATURES.map((feature) => ({
    files: [`src/features/${feature}/**`],
    rules: ban(
      ['Features never import each other: share through a view, components/ or state/.', ...FEATURES.filter((f) => f !== feature).map((f) => `**/${f}/**`)],
      ['Views import features, not the other way round.', '**/views/**'],
    ),
  })),
];

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'src/ipc/bindings/'] },
  ...ts.configs.recommended,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig } },
  },
  {
    rules: {
      eqeqeq: 'error',
      'no-eval': 'error',
      'no-new-func': 'error',
      'no-console': 'error',
      'svelte/no-at-html-tags': 'error',
      'svelte/prefer-svelte-reactivity': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
    },
  },
  ...tiers,
);
