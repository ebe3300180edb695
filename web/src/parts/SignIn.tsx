import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { rememberToken } from "../api/client";
import { Button } from "./Button";

/** Asks for a token, which the tab keeps until it is closed. */
export function SignIn() {
  const client = useQueryClient();
  const [text, setText] = useState("");
  return (
    <form
      className="row wrap"
      onSubmit={(event) => {
        event.preventDefault();
        rememberToken(text.trim());
        void client.resetQueries();
      }}
    >
      <label className="row">
        Token
        <input
          className="input"
          type="password"
          autoComplete="off"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      </label>
      <Button kind="primary" type="submit" disabled={!text.trim()}>
        Use it
      </Button>
      <span className="secondary">It is kept in this tab only.</span>
    </form>
  );
}
