import { defineConfig } from 'vitest/config';
import base from './vitest.config.js';

/** What is slow and seldom matters, or needs the npm registry: `npm run test:slow`. */
export default defineConfig({
  test: {
    ...base.test,
    include: ['test/**/*.slow.test.ts', 'test/**/*.slow.test.tsx'],
    exclude: [],
    testTimeout: 600_000,
    hookTimeout: 600_000,
  },
});
