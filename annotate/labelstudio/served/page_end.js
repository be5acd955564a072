// What the page says when no task is left. Label Studio's "all tasks have been completed" counts what was
// skipped, although nobody has looked there.

const MOST_LINKS = 40;
const SKIPPED = {
  filters: {
    conjunction: "and",
    items: [
      { filter: "filter:tasks:cancelled_annotations", operator: "greater", type: "Number", value: 0 },
      { filter: "filter:tasks:total_annotations", operator: "equal", type: "Number", value: 0 },
    ],
  },
};
let told = null; // the element that has been told, and so is not asked about again

async function skippedTasks(project) {
  const query = encodeURIComponent(JSON.stringify(SKIPPED));
  const answer = await fetch(`/api/tasks?project=${project}&fields=task_only&include=id&page_size=${MOST_LINKS}&query=${query}`);
  if (!answer.ok) throw new Error(answer.statusText);
  const { tasks, total } = await answer.json();
  return { numbers: tasks.map((task) => task.id), total };
}

function words(total) {
  if (!total) return "Every task in the queue has an answer; none was skipped.";
  const [tasks, were] = total === 1 ? ["1 task", "was"] : [`${total} tasks`, "were"];
  return `${tasks} ${were} skipped. Nobody has looked there, as far as the log is concerned. Open to answer:`;
}

export async function sayWhatWasSkipped() {
  const place = window.Htx?.noTask && document.querySelector("[class*=sub__result]");
  if (!place || place === told) return;
  told = place;
  const project = window.location.pathname.match(/\/projects\/(\d+)\//)?.[1];
  const { numbers, total } = await skippedTasks(project);
  const links = numbers.flatMap((number) => {
    const link = document.createElement("a");
    link.href = `/projects/${project}/data?task=${number}`;
    link.textContent = `task ${number}`;
    return [" ", link];
  });
  place.classList.add("hs-end");
  place.replaceChildren(words(total), ...links, total > numbers.length ? " …" : "");
}
