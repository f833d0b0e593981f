/** The rooms of ARCHITECTURE.md and the one direction in which they may know each other. */
const edges = '^src/(cli|server|config)\\.ts|^src/(web|cli|parts|student)/';
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'core-knows-only-errors',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/(?!core/|errors\\.ts)' },
    },
    { name: 'errors-know-nothing', severity: 'error', from: { path: '^src/errors\\.ts' }, to: { path: '^src/' } },
    {
      name: 'messages-know-only-core',
      severity: 'error',
      from: { path: '^src/messages/' },
      to: { path: '^src/(?!messages/|core/|errors\\.ts)' },
    },
    {
      name: 'sources-know-no-home',
      severity: 'error',
      from: { path: '^src/sources/' },
      to: { path: '^src/(sync|repo|release|oauth|web|cli|server|config)' },
    },
    {
      name: 'adapters-know-no-adapter',
      severity: 'error',
      from: { path: '^src/sources/([^/]+)/' },
      to: { path: '^src/sources/([^/]+)/', pathNot: '^src/sources/($1|dav)/' },
    },
    {
      name: 'repo-knows-no-home',
      severity: 'error',
      from: { path: '^src/repo/' },
      to: { path: '^src/(sync|oauth|agent|web|cli|server|config)' },
    },
    {
      name: 'git-clients-know-no-home',
      severity: 'error',
      from: { path: '^src/git/' },
      to: { path: '^src/(sync|release|oauth|web|cli|server|config)|^src/sources/(?!slots)' },
    },
    {
      name: 'repo-knows-no-git-client',
      severity: 'error',
      from: { path: '^src/(repo|sources|sync|release|oauth)/' },
      to: { path: '^src/git/' },
    },
    {
      name: 'release-is-pure',
      severity: 'error',
      from: { path: '^src/release/' },
      to: { path: '^src/(sync|repo|oauth|web|cli|server|config)|^node:fs' },
    },
    {
      name: 'agent-knows-no-source',
      severity: 'error',
      from: { path: '^src/sync/' },
      to: { path: '^src/(sources|repo|release|oauth|agent|web|cli|server|config)' },
    },
    {
      name: 'agents-know-no-pages',
      severity: 'error',
      from: { path: '^src/agent/' },
      to: { path: '^src/(release|oauth|web|cli|server|config)' },
    },
    {
      name: 'sign-ins-know-no-course',
      severity: 'error',
      from: { path: '^src/oauth/' },
      to: { path: '^src/(sync|release|web|cli|server|config)|^src/repo/(?!durable-file|course-lock)' },
    },
    {
      name: 'hub-knows-no-course-content',
      severity: 'error',
      from: { path: '^src/hub/' },
      to: {
        path: '^src/(sync|release|oauth|cli|server)|^src/repo/(?!durable-file)|^src/sources/(?!create-http|http|json-answer|slots)',
      },
    },
    {
      name: 'nothing-knows-the-edges',
      severity: 'error',
      from: { path: '^src/', pathNot: edges },
      to: { path: '^src/(cli|server)\\.ts' },
    },
    { name: 'no-test-code', severity: 'error', from: { path: '^src/' }, to: { path: '^(test|bench)/' } },
    {
      name: 'packages-of-the-program',
      comment: 'ARCHITECTURE.md says why each of them',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm', 'npm-dev'],
        pathNot: '^node_modules/(@types/)?(express|isomorphic-git|picomatch|saxes|yaml|yauzl|zod)/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'require', 'node', 'default'] },
  },
};
