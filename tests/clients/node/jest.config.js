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
        diagnostics: false, // the SDK's authors have checked the types
        tsconfig: { target: "es2020", module: "commonjs", isolatedModules: true },
      },
    ],
  },
  testTimeout: 60000,
};
