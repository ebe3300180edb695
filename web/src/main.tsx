import "@fontsource-variable/inter";
import { QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { queryClient } from "./api/queries";
import { App } from "./App";
import { listen } from "./keys/keys";
import "./style/tokens.css";
import "./style/base.css";
import "./style/parts.css";
import "./style/app.css";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root.");
listen();
createRoot(root).render(
  <StrictMode>
    <QueryClientProvider client={queryClient}>
      <App />
    </QueryClientProvider>
  </StrictMode>,
);
