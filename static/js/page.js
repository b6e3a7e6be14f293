// Small comforts for every page. Nothing here is needed: without scripts each page still does its work.

import { copyOnPress } from "./copy.js";
import { focusProblem } from "./focus_problem.js";
import { showLocalTimes } from "./local_times.js";
import { sizePreviews } from "./preview_width.js";
import { sendOnce } from "./send_once.js";

focusProblem(document);
sendOnce(document);
copyOnPress(document);
showLocalTimes(document);
sizePreviews(document);
