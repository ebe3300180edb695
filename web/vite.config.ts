import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const API = "http://127.0.0.1:8080";

// The API serves what is built at `/`, without a CDN; in development it is asked at its usual port.
export default defineConfig({
  plugins: [react()],
  base: "/",
  build: {
    outDir: "../services/api/built",
    emptyOutDir: true,
    assetsInlineLimit: 0, // inline data would need a looser Content-Security-Policy
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/v1": { target: API, headers: { origin: API } } } }, // the API heeds no other page
  test: { include: ["src/**/*.test.ts", "src/**/*.test.tsx"] },
});
