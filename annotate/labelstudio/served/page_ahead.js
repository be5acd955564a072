// The pictures of the next task are fetched while somebody looks at this one, so that it is there at once.

const AHEAD = 1; // tasks
const QUIET_MS = 300; // after a task is shown: what it needs itself comes first

let asked = null;

export function fetchAhead() {
  const task = window.Htx.task?.id;
  const project = /^\/projects\/(\d+)\//.exec(window.location.pathname)?.[1];
  if (!task || !project || task === asked) return;
  asked = task;
  setTimeout(() => fetchAfter(project, task), QUIET_MS);
}

// Label Studio goes on with the first task after this one that nobody has answered.
async function fetchAfter(project, task) {
  const items = [["id", "greater", task], ["total_annotations", "equal", 0]].map(([member, operator, value]) => (
    { filter: `filter:tasks:${member}`, operator, type: "Number", value }
  ));
  const query = JSON.stringify({ filters: { conjunction: "and", items } });
  const asking = new URLSearchParams({ project, query, page_size: AHEAD, fields: "task_only", include: "id,data" });
  try {
    const { tasks } = await (await fetch(`/api/tasks?${asking}`)).json();
    await Promise.all(tasks.map(({ data }) => fetch(data.image).then((answer) => answer.blob())));
  } catch {
    // It was a favour: the task fetches its picture itself.
  }
}
