// What lasts in the browser. It may refuse: then it lasts as long as the page.

// recall returns what is kept under a name in localStorage or sessionStorage,
// or null.
export function recall(store, key) {
  try {
    return self[store].getItem(key);
  } catch {
    return null;
  }
}

// remember keeps a text, or with null forgets it.
export function remember(store, key, value) {
  try {
    if (value === null) {
      self[store].removeItem(key);
    } else {
      self[store].setItem(key, value);
    }
  } catch {
    // Refused.
  }
}
