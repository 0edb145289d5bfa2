// localTimes writes times in the reader's own time zone.
export function localTimes(root) {
  const lang = document.documentElement.lang;
  for (const time of root.querySelectorAll("time[datetime]")) {
    const at = new Date(time.dateTime);
    time.textContent = "clock" in time.dataset
      ? at.toLocaleTimeString(lang)
      : at.toLocaleString(lang, { dateStyle: "medium", timeStyle: "short" });
  }
}
