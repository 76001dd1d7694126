// Everything here only makes quicker what works without it.
import { startAhead } from "./js/ahead.js";
import { startApprove } from "./js/approve.js";
import { startClaims } from "./js/claims.js";
import { startKeys } from "./js/keys.js";
import { startLive } from "./js/live.js";
import { startPage } from "./js/page.js";
import { startPolicy } from "./js/policy.js";
import { startPresence } from "./js/presence.js";
import { startSeen } from "./js/seen.js";
import { startSheet } from "./js/sheet.js";
import { startTheme } from "./js/theme.js";
import { startTimes } from "./js/times.js";
import { startWaits } from "./js/waits.js";

startTheme();
startTimes();
startSheet();
startApprove();
startSeen();
startPage();
startKeys();
startPolicy();
startPresence();
startClaims();
startLive();
startWaits();
startAhead();
