import tseslint from 'typescript-eslint';

/** What each folder of lib/ may import, as `docs/architecture.md` says: downwards only. */
const layers = {
  wire: [],
  radius: ['wire'],
  'access-line': ['wire'],
  l2tp: ['wire', 'access-line'],
  ppp: ['wire'],
  pppoe: ['wire', 'access-line'],
  native: ['wire'],
  io: ['wire', 'native'],
  kernel: ['wire', 'native', 'io'],
  pcapng: ['wire'],
  pools: ['wire'],
  ipv6: ['wire'],
  aaa: ['wire', 'access-line', 'pools', 'ppp', 'io'],
  accounting: ['wire', 'io'],
  nas: ['wire', 'access-line', 'radius', 'ppp', 'io', 'aaa', 'accounting'],
  tunnels: ['wire', 'access-line', 'l2tp', 'ppp', 'kernel', 'io'],
  monitor: ['wire', 'l2tp', 'ppp', 'pcapng', 'kernel', 'io', 'tunnels'],
  concentrator: ['wire', 'ppp', 'pppoe', 'kernel', 'io', 'tunnels'],
  lns: [
    'wire',
    'l2tp',
    'ppp',
    'kernel',
    'io',
    'pools',
    'ipv6',
    'aaa',
    'nas',
    'tunnels',
    'monitor',
    'pppoe',
    'concentrator',
  ],
  lac: ['wire', 'access-line', 'l2tp', 'ppp', 'kernel', 'io', 'aaa', 'tunnels', 'lns'],
  client: ['wire', 'l2tp', 'ppp', 'kernel', 'io', 'tunnels'],
  load: ['wire', 'l2tp', 'ppp', 'kernel', 'io', 'tunnels', 'client'],
  dial: ['wire', 'l2tp', 'ppp', 'kernel', 'io', 'tunnels', 'client'],
  server: [
    'wire',
    'l2tp',
    'ppp',
    'kernel',
    'io',
    'pools',
    'aaa',
    'nas',
    'tunnels',
    'monitor',
    'lns',
    'lac',
    'client',
    'dial',
  ],
  cli: ['wire', 'io', 'kernel', 'pcapng', 'load', 'server'],
};

/** Folders that are pure: no socket, no clock, no randomness but what is handed in. */
const pure = ['wire', 'access-line', 'l2tp', 'ppp', 'pppoe', 'pcapng', 'pools', 'ipv6', 'radius'];
const impureModules = ['node:net', 'node:dgram', 'node:fs', 'node:timers', 'node:child_process', 'node:os'];

const layerRules = Object.entries(layers).map(([folder, allowed]) => {
  const forbidden = Object.keys(layers).filter((other) => other !== folder && !allowed.includes(other));
  return {
    files: [`lib/${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: pure.includes(folder) ? impureModules : [],
          patterns: forbidden.map((other) => ({
            regex: `^(\\.\\./)+${other}/`,
            message: `lib/${folder} must not import lib/${other}: imports go down the layers only.`,
          })),
        },
      ],
    },
  };
});

export default tseslint.config(
  { ignores: ['dist', 'build', 'node_modules', 'coverage', '.cache'] },
  ...tseslint.configs.recommendedTypeChecked.map((config) => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a const object and a union type.' },
        { selector: 'ExportDefaultDeclaration', message: 'Use a named export.' },
      ],
    },
  },
  { files: ['*.config.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: pure.map((folder) => `lib/${folder}/**/*.ts`),
    rules: {
      'no-restricted-globals': [
        'error',
        'Date',
        'performance',
        'setTimeout',
        'setInterval',
        'setImmediate',
        'process',
      ],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Take a Random argument.' },
      ],
    },
  },
  ...layerRules,
);
