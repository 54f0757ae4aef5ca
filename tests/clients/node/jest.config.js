// Runs copies of the SDK's own TypeScript tests, in suites/, against the SDK as published.
module.exports = {
  testEnvironment: "node",
  watchman: false,
  cacheDirectory: "<rootDir>/cache",
  roots: ["<rootDir>/suites"],
  setupFiles: ["<rootDir>/box-hosts.js"],
  moduleNameMapper: { "^@/(.*)$": "<rootDir>/node_modules/box-node-sdk/lib/$1" },
  transform: {
    "\\.ts$": [
      "ts-jest",
      {
        diagnostics: false, // types were checked by those who wrote the tests
        tsconfig: { target: "es2020", module: "commonjs", isolatedModules: true },
      },
    ],
  },
  testTimeout: 60000,
};
