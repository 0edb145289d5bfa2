// Requests to the lab.

// Refusal is an answer with an error. Its message is the lab's own, for the
// reader; it is empty where the lab says nothing that a script understands.
class Refusal extends Error {}

// ask sends a request and returns the answer. A refusal is thrown.
export async function ask(address, options) {
  const response = await fetch(address, options);
  if (!response.ok) {
    const { error = "" } = await response.json().catch(() => ({}));
    throw new Refusal(error);
  }
  return response;
}

// askJSON sends a request and returns what the answer says as JSON.
export async function askJSON(address, options) {
  const response = await ask(address, { ...options, headers: { Accept: "application/json", ...options.headers } });
  return response.json();
}

// A request that the reader dropped on the stage fails as if the lab were away.
let drop = { text: "", at: 0 };

// noteDrop says in which words explain should explain a failure that comes now.
export function noteDrop(text) {
  drop = { text, at: Date.now() };
}

// explain returns the words for an error: those of the lab, if it has any.
// What fetch itself throws has no words for a reader.
export function explain(error, otherwise) {
  if (error instanceof TypeError && Date.now() - drop.at < 2000) {
    return drop.text;
  }
  return (error instanceof Refusal && error.message) || otherwise;
}
