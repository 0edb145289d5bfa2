// localTimes writes times in the reader's time zone, and keeps what the server wrote, in UTC, as their title.
export function localTimes(root) {
  const lang = document.documentElement.lang;
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    time.title ||= time.textContent;
    time.textContent = "clock" in time.dataset
      ? at.toLocaleTimeString(lang)
      : at.toLocaleString(lang, { dateStyle: "medium", timeStyle: "medium" });
  }
}
