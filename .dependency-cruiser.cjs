/*
 * The direction of imports (docs/architecture.md): a folder may import those named for it here and itself.
 * Protocol folders stand side by side; the analyzer joins them.
 */
const PROTOCOLS = [
  'capture',
  'net',
  'stream',
  'tls',
  'sip',
  'mime',
  'asn1',
  'x509',
  'cms',
  'keys',
  'websocket',
];
const ALLOWED = {
  bytes: [],
  model: ['bytes'],
  capture: ['bytes', 'model'],
  net: ['bytes', 'model'],
  stream: ['bytes', 'model'],
  sip: ['bytes', 'model'],
  mime: ['bytes', 'model'],
  asn1: ['bytes', 'model'],
  websocket: ['bytes', 'model'],
  keys: ['bytes', 'model', 'asn1'],
  x509: ['bytes', 'model', 'asn1'],
  tls: ['bytes', 'model', 'x509'],
  cms: ['bytes', 'model', 'asn1', 'x509'],
  authority: ['bytes', 'asn1', 'x509', 'keys'],
  vectors: ['bytes', 'model', 'asn1', 'x509', 'keys', 'sip', 'authority'],
  diagnosis: ['bytes', 'model', 'asn1', 'x509', 'mime', 'cms'],
  checks: ['bytes', 'model', ...PROTOCOLS],
  analyzer: ['bytes', 'model', ...PROTOCOLS, 'diagnosis', 'checks'],
  store: ['bytes', 'model', ...PROTOCOLS, 'checks', 'analyzer'],
  report: ['bytes', 'model', ...PROTOCOLS, 'checks', 'analyzer', 'store'],
  io: ['bytes', 'capture'],
  engine: ['bytes', 'model', ...PROTOCOLS, 'checks', 'analyzer', 'store', 'report', 'io'],
  tui: ['bytes', 'model', ...PROTOCOLS, 'checks', 'analyzer', 'store', 'report', 'io', 'engine'],
  cli: [
    ...['bytes', 'model', ...PROTOCOLS, 'authority', 'vectors', 'checks', 'analyzer', 'store', 'report'],
    ...['io', 'engine', 'tui'],
  ],
};
/** Folders that know another by its types alone. */
const BY_INTERFACE = {
  // A body holds what MIME, SIP, CMS and certificates came to: the model names their types and runs none of their code.
  model: ['mime', 'sip', 'cms', 'x509'],
  tls: ['keys'],
  cms: ['keys'],
};
const FOLDERS = Object.keys(ALLOWED);

const direction = FOLDERS.map((folder) => {
  const reachable = [folder, ...ALLOWED[folder], ...(BY_INTERFACE[folder] ?? [])];
  return {
    name: `${folder}-imports`,
    severity: 'error',
    comment: `src/${folder} may import ${ALLOWED[folder].join(', ') || 'nothing'}`,
    from: { path: `^src/${folder}/` },
    to: { path: '^src/', pathNot: `^src/(${reachable.join('|')})/` },
  };
});
const byInterface = Object.entries(BY_INTERFACE).map(([folder, others]) => ({
  name: `${folder}-by-interface`,
  severity: 'error',
  comment: `src/${folder} knows ${others.join(', ')} by type only`,
  from: { path: `^src/${folder}/` },
  to: { path: `^src/(${others.join('|')})/`, dependencyTypesNot: ['type-only'] },
}));

module.exports = {
  forbidden: [
    ...direction,
    ...byInterface,
    {
      name: 'no-circular',
      severity: 'error',
      comment: 'files that import each other cannot be understood one at a time',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'fast-path',
      severity: 'error',
      comment: 'the fast path of SIP has one entry',
      from: { path: '^src/', pathNot: '^src/sip/fast/' },
      to: { path: '^src/sip/fast/', pathNot: '^src/sip/fast/fast-path' },
    },
    {
      name: 'outside-world',
      severity: 'error',
      comment: 'only io, engine, cli and tui touch files, processes and timers',
      from: { path: '^src/', pathNot: '^src/(io|engine|cli|tui)/' },
      to: {
        path: '^(node:)?(fs|fs/promises|child_process|net|dgram|tls|http|https|os|timers|worker_threads|process|readline)$',
      },
    },
    {
      name: 'ui-libraries',
      severity: 'error',
      comment: 'ink and react are heavy: the terminal UI alone loads them',
      from: { path: '^src/', pathNot: '^src/tui/' },
      to: { path: '^(ink|react)$|node_modules/(ink|react)/' },
    },
    {
      name: 'structure-libraries',
      severity: 'error',
      comment: 'pkijs, asn1js and node-forge are heavy: they are loaded by require, when they are needed',
      from: { path: '^src/' },
      to: {
        path: '^(pkijs|asn1js|node-forge)$|node_modules/(pkijs|asn1js|node-forge|@types/node-forge)/',
        dependencyTypesNot: ['type-only', 'type-import', 'require'],
      },
    },
    {
      name: 'resolvable',
      severity: 'error',
      comment: 'every import resolves',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: ['node_modules', '^dist'] },
    exclude: { path: '^dist' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
  },
};
