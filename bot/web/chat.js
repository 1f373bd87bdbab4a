// The chat page of Một Cửa. No dependency, no build step; every word from the server goes in as text, never as HTML.

const API = '/api/web';
const RETRY_AFTER_MS = [0, 1000, 2000, 4000, 8000];  // one message: five tries, then the person decides
const REQUEST_TIMEOUT_MS = 15000;
const RECONNECT_MAX_MS = 30000;
const STILL_WAITING_MS = 20000;  // no reply yet: perhaps the event stream died silently, so open it again
const GIVE_UP_WAITING_MS = 60000;
const REMEMBERED_MESSAGES = 40;
const NEAR_END_PX = 120;
const SHORT_WINDOW_PX = 352;
const TEXT_MAX = 1000;  // as the server's limit
const COUNTER_FROM = 800;

const byId = (id) => document.getElementById(id);
const scroller = byId('scroller');
const log = byId('log');
const composer = byId('composer');
const input = byId('message');

// ---------------------------------------------------------------- small tools

/** An element with properties, `data-`/`aria-` attributes and children (nodes or plain text). */
function make(tag, props, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props || {})) {
    if (value === null || value === undefined) continue;
    if (/^(data|aria)-|^role$/.test(name)) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

const ICONS = {
  have: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm-1.5 14.5-4.5-4.5 1.8-1.8 2.7 2.7 5.7-5.7 1.8 1.8z',
  lack: 'M12 2 1 21h22zm-1.2 7h2.4v6h-2.4zm0 7.5h2.4v2.4h-2.4z',
  open: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zm0 2.2a7.8 7.8 0 1 1 0 15.6 7.8 7.8 0 0 1 0-15.6z',
  alarm: 'M12 2 1 21h22zm-1.2 7h2.4v6h-2.4zm0 7.5h2.4v2.4h-2.4z',
  call: 'M6.6 10.8a15 15 0 0 0 6.6 6.6l2.2-2.2a1 1 0 0 1 1-.25 11.5 11.5 0 0 0 3.6.55 1 1 0 0 1 1 1V20a1 1 0 0 1-1 1A17 17 0 0 1 3 4a1 1 0 0 1 1-1h3.5a1 1 0 0 1 1 1c0 1.25.2 2.45.57 3.57a1 1 0 0 1-.25 1z',
  away: 'M14 3h7v7h-2.4V7.1l-8.7 8.7-1.7-1.7 8.7-8.7H14zM5 5h5v2.4H5.4v11.2h11.2V14H19v5a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z',
  copy: 'M8 2h11a2 2 0 0 1 2 2v13h-2.2V4.2H8zM5 6h9a2 2 0 0 1 2 2v12a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2V8a2 2 0 0 1 2-2zm.2 2.2v11.6h8.6V8.2z',
  share: 'M18 16a3 3 0 0 0-2.2.9L8.9 12.9a3 3 0 0 0 0-1.8l6.9-4A3 3 0 1 0 15 5c0 .3 0 .6.1.9l-6.9 4a3 3 0 1 0 0 4.2l6.9 4A3 3 0 1 0 18 16z',
  phone: 'M8 2h8a2 2 0 0 1 2 2v16a2 2 0 0 1-2 2H8a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2zm.2 3v12h7.6V5zM12 18.2a1.2 1.2 0 1 0 0 2.4 1.2 1.2 0 0 0 0-2.4z',
  speak: 'M3 9v6h4l6 5V4L7 9zm13 3a4 4 0 0 0-2-3.5v7a4 4 0 0 0 2-3.5zm-2-8.5v2.2a6.8 6.8 0 0 1 0 12.6v2.2a9 9 0 0 0 0-17z',
};

function icon(name) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('aria-hidden', 'true');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/** Web storage that may be full, blocked or damaged: then the page just remembers less. */
function storage(kind) {
  const area = () => window[kind];
  return {
    get(name) { try { return JSON.parse(area().getItem('motcua.' + name)); } catch (error) { return null; } },
    set(name, value) { try { area().setItem('motcua.' + name, JSON.stringify(value)); } catch (error) { /* remember less */ } },
    drop(name) { try { area().removeItem('motcua.' + name); } catch (error) { /* nothing was kept */ } },
  };
}
const thisTab = storage('sessionStorage');
const thisDevice = storage('localStorage');

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

function newId() {
  if (crypto.randomUUID) return crypto.randomUUID();  // absent on plain http
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** The response, or null when there was none in time. */
async function request(path, options) {
  const stopper = new AbortController();
  const timer = setTimeout(() => stopper.abort(), REQUEST_TIMEOUT_MS);
  try {
    return await fetch(API + path, { ...options, signal: stopper.signal });
  } catch (error) {
    return null;
  } finally {
    clearTimeout(timer);
  }
}

/** Said by a screen reader, not shown. Emptied first, so that the same words twice are two announcements. */
function announce(words) {
  byId('announcer').textContent = '';
  setTimeout(() => { byId('announcer').textContent = words; }, 50);
}

// ---------------------------------------------------------------- a reply, drawn

/** Plain text → [{list: bool, lines: [...]}]: "• " starts an item, an indented line continues it, a blank line ends the block. */
function blocksOf(text) {
  const blocks = [];
  let block = null;
  for (const line of text.split(/\r?\n/)) {
    const words = line.trim();
    const isItem = /^•\s/.test(words);
    if (!words) block = null;
    else if (block && block.list && !isItem && /^\s/.test(line)) block.lines[block.lines.length - 1] += '\n' + words;
    else {
      if (!block || block.list !== isItem) blocks.push(block = { list: isItem, lines: [] });
      block.lines.push(isItem ? words.replace(/^•\s+/, '') : words);
    }
  }
  return blocks;
}

/** Emergency numbers (111–115) standing alone become calls; "115.000" and "1150" do not. */
function withCalls(line) {
  return line.split(/(\b11[1-5]\b(?![.,]?\d))/).map((part, index, parts) => {
    if (index % 2 === 0) return part;
    if (/[\d.,]\d*$/.test(parts[index - 1])) return part;
    return make('a', { href: 'tel:' + part, 'aria-label': 'Gọi ' + part }, icon('call'), part);
  });
}

function linesOf(lines, inline) {
  const nodes = [];
  lines.join('\n').split('\n').forEach((line, index) => {
    if (index) nodes.push(make('br'));
    nodes.push(...inline(line));
  });
  return nodes;
}

function drawWords(text, isEmergency) {
  const inline = isEmergency ? withCalls : (line) => [line];
  const blocks = blocksOf(text).map((block) => (block.list
    ? make('ul', null, ...block.lines.map((line) => make('li', null, ...linesOf([line], inline))))
    : make('p', null, ...linesOf(block.lines, inline))));
  return make('div', { className: 'words' }, ...blocks);
}

function httpsUrl(text) {
  try {
    const url = new URL(text);
    return url.protocol === 'https:' ? url : null;
  } catch (error) {
    return null;
  }
}

function drawLinks(links) {
  const drawn = links.map((link) => [link, httpsUrl(link.url)]).filter(([, url]) => url).map(([link, url]) => make('li', null,
    make('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer' },
      icon('away'),
      make('span', null, link.title || url.hostname, make('small', null, url.hostname, make('span', { className: 'unseen' }, ', mở trang mới'))))));
  return drawn.length ? make('ul', { className: 'links' }, ...drawn) : null;
}

function drawChoices(buttons) {
  if (!buttons.length) return null;
  return make('div', { className: 'choices', role: 'group', 'aria-label': 'Chọn nhanh' }, ...buttons.map((choice) => {
    const button = make('button', { type: 'button' }, choice.title);
    let pressedAt = 0;
    button.addEventListener('click', () => {
      if (Date.now() - pressedAt < 1000) return;  // a trembling finger is one press
      pressedAt = Date.now();
      say(choice.payload, choice.title);
    });
    return button;
  }));
}

const STATE_WORDS = { have: 'Đã có', lack: 'Còn thiếu', open: 'Chưa rõ' };
const stateOf = (item) => (STATE_WORDS[item.state] ? item.state : 'open');

function drawChecklist(list) {
  const progress = make('div', {
    role: 'progressbar', 'aria-label': list.title, 'aria-valuemin': 0, 'aria-valuemax': list.total, 'aria-valuenow': list.done,
    'aria-valuetext': `Đã có ${list.done} trên ${list.total} giấy tờ`,
  }, make('span'));
  progress.firstChild.style.width = `${list.total ? Math.min(100, (100 * list.done) / list.total) : 0}%`;
  return make('section', { className: 'checklist', 'aria-label': 'Giấy tờ cần chuẩn bị' },
    make('header', null, make('h3', null, list.title), make('span', { className: 'count', 'aria-hidden': 'true' }, `${list.done}/${list.total}`)),
    list.total ? progress : null,
    make('ul', { className: 'items' }, ...list.items.map((item) => make('li', { className: stateOf(item), 'data-key': item.key },
      icon(stateOf(item)),
      make('span', { className: 'paper' }, item.title, make('span', { className: 'unseen' }, ': '),
        make('span', { className: 'state' }, STATE_WORDS[stateOf(item)]))))),
    list.missing ? make('p', { className: 'summary' }, `Còn thiếu ${list.missing} giấy tờ.`) : null,
    toolButton('phone', 'Chuyển sang điện thoại', 'hand-over', openTicket));
}

function toolButton(name, label, className, onPress) {
  const button = make('button', { type: 'button', className }, icon(name), make('span', null, label));
  button.addEventListener('click', () => onPress(button.lastChild));
  return button;
}

function drawTools(reply) {
  const tools = make('div', { className: reply.checklist ? 'tools' : 'tools speak' });
  if (reply.checklist) {
    tools.append(toolButton('copy', 'Sao chép', 'copy', (label) => copy(plainText(reply), label)));
    if (navigator.share) tools.append(toolButton('share', 'Chia sẻ', 'share', () => share(reply)));
  }
  tools.append(toolButton('speak', 'Đọc to', 'speak', (label) => readAloud(reply, label)));
  return tools;
}

function drawReply(reply, turnId) {
  const isEmergency = reply.status === 'emergency';
  const links = drawLinks(reply.links || []);
  const choices = drawChoices(reply.buttons || []);  // a long checklist must not push its question's answers out of sight
  return make('article', { className: 'reply', 'data-status': reply.status, 'data-procedure': reply.procedure, 'data-turn': turnId },
    make('span', { className: 'unseen' }, 'Một Cửa trả lời:'),
    isEmergency ? make('p', { className: 'alarm' }, icon('alarm'), 'Khẩn cấp') : null,
    reply.text ? drawWords(reply.text, isEmergency) : null,
    ...(reply.checklist ? [choices, drawChecklist(reply.checklist), links] : [links, choices]),
    drawTools(reply));
}

// ---------------------------------------------------------------- a reply, taken along

const MARKS = { have: '✓', lack: '✗', open: '○' };

function plainText(reply) {
  const list = reply.checklist;
  const parts = [reply.text || ''];
  if (list) {
    const items = list.items.map((item) => `${MARKS[stateOf(item)]} ${item.title} (${STATE_WORDS[stateOf(item)].toLowerCase()})`);
    parts.push([`${list.title}: ${list.done}/${list.total}`, ...items].join('\n'));
  }
  for (const link of reply.links || []) if (httpsUrl(link.url)) parts.push(`${link.title}: ${link.url}`);
  return parts.filter(Boolean).join('\n\n');
}

async function copy(text, label) {
  const done = await copyToClipboard(text);
  label.textContent = done ? 'Đã chép' : 'Chưa chép được';
  announce(label.textContent);
  setTimeout(() => { label.textContent = 'Sao chép'; }, 2500);
}

async function copyToClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch (error) {  // plain http, or not allowed
    return copyTheOldWay(text);
  }
}

function copyTheOldWay(text) {
  const focused = document.activeElement;
  const field = make('textarea', { value: text, className: 'unseen', readOnly: true });
  document.body.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  focused.focus();
  return done;
}

function share(reply) {
  navigator.share({ title: 'Một Cửa', text: plainText(reply) }).catch(() => { /* closed without sharing */ });
}

const vietnameseVoice = () => window.speechSynthesis.getVoices().find((voice) => /^vi\b/i.test(voice.lang.replace('_', '-')));

function offerReading() {
  if (!window.speechSynthesis) return;
  const look = () => document.documentElement.classList.toggle('can-speak', Boolean(vietnameseVoice()));
  look();
  window.speechSynthesis.addEventListener('voiceschanged', look);  // voices load late in Chrome
}

let readingLabel = null;

function stopReading() {
  if (!readingLabel) return;
  readingLabel.textContent = 'Đọc to';
  readingLabel = null;
  window.speechSynthesis.cancel();
}

/** Sentence by sentence: Chrome falls silent in the middle of a long utterance. */
function readAloud(reply, label) {
  const wasReading = readingLabel === label;
  stopReading();
  if (wasReading) return;
  readingLabel = label;
  label.textContent = 'Dừng đọc';
  const sentences = plainText({ ...reply, links: [] }).replace(/[•✓✗○]/g, '').match(/[^\n]+?(?:[.!?](?=\s)|(?=\n|$))/g) || [];
  const utterances = sentences.map((words) => Object.assign(new SpeechSynthesisUtterance(words.trim()), { lang: 'vi-VN', voice: vietnameseVoice() }));
  if (!utterances.length) return stopReading();
  utterances[utterances.length - 1].onend = () => { if (readingLabel === label) stopReading(); };
  utterances.forEach((utterance) => window.speechSynthesis.speak(utterance));
}

// ---------------------------------------------------------------- where the eyes are

/** On a short window the page scrolls, otherwise the conversation does (chat.css). */
const scrolling = () => (getComputedStyle(scroller).overflowY === 'visible' ? document.scrollingElement : scroller);

function isNearEnd() {
  const area = scrolling();
  return area.scrollHeight - area.scrollTop - area.clientHeight < NEAR_END_PX;
}

let followsEnd = false;  // the person is reading the newest part

/** Scrolls down to the end, but never so far that the start of `node` is lost. */
function reveal(node) {
  const area = scrolling();
  const viewTop = area === scroller ? scroller.getBoundingClientRect().top : 0;
  const top = area.scrollTop + node.getBoundingClientRect().top - viewTop - 12;
  area.scrollTop = Math.min(top, area.scrollHeight - area.clientHeight);
  followsEnd = isNearEnd();
}

function keepEnd() {
  if (followsEnd) scrolling().scrollTop = scrolling().scrollHeight;
}

let unseenNode = null;

function offerJump(node) {
  unseenNode = unseenNode || node;
  byId('jump').hidden = false;
}

function endJump() {
  unseenNode = null;
  byId('jump').hidden = true;
}

function watchScrolling() {
  let before = 0;
  const onScroll = () => {
    const top = scrolling().scrollTop;
    if (isNearEnd()) followsEnd = true;
    else if (top < before) followsEnd = false;  // upwards by hand; a box that just shrank is not leaving
    before = top;
    if (followsEnd) endJump();
  };
  scroller.addEventListener('scroll', onScroll, { passive: true });
  window.addEventListener('scroll', onScroll, { passive: true });
  if (window.ResizeObserver) new ResizeObserver(keepEnd).observe(scroller);  // the keyboard came up, the composer grew, a notice appeared
  byId('jump').addEventListener('click', () => {
    const node = unseenNode;
    endJump();
    scroller.focus({ preventScroll: true });
    if (node) reveal(node);
  });
}

/** Android makes the window smaller for its keyboard; iOS lays it over the page and tells only the visual viewport. */
function fitAboveKeyboard() {
  const fit = () => {
    if (document.activeElement !== input) document.documentElement.classList.toggle('short', window.innerHeight < SHORT_WINDOW_PX);
  };
  fit();
  window.addEventListener('resize', fit);
  const view = window.visualViewport;
  if (!view) return;
  view.addEventListener('resize', () => {
    const covered = view.scale === 1 && window.innerHeight - view.height > 80;
    document.body.style.setProperty('--visible-height', covered ? `${view.height}px` : '');
    if (covered) window.scrollTo(0, 0);
  });
}

// ---------------------------------------------------------------- the person's messages

/** id → {id, text, label, state, node}; `label` is what is shown, `text` what is sent (a button's payload).
 *  state: sending (→ retrying) → sent → answered, or failed (the network), or refused (the server). */
const messages = new Map();
let conversation = 0;  // grows when data is deleted: what was under way then no longer counts
let outbox = Promise.resolve();

/** This tab remembers its own words, because the server drops them once answered. */
function rememberMessages() {
  const kept = Array.from(messages.values()).slice(-REMEMBERED_MESSAGES);
  thisTab.set('messages', kept.map(({ id, text, label, state }) => ({ id, text, label, state })));
}

function drawMine(message) {
  message.node = make('div', { className: 'mine', 'data-turn': message.id },
    make('span', { className: 'unseen' }, 'Anh/chị hỏi:'),
    make('p', { className: 'bubble' }, message.label),
    make('div', { className: 'delivery' }));
  return message.node;
}

function setDelivery(message, ...content) {
  const line = message.node.querySelector('.delivery');
  if (line.contains(document.activeElement)) scroller.focus({ preventScroll: true });
  line.textContent = '';
  line.append(...content);
  keepEnd();
}

function setState(message, state) {
  message.state = state;
  message.node.classList.toggle('unsent', state === 'failed' || state === 'refused');
  rememberMessages();
}

function say(text, label) {
  const words = text.normalize('NFC').trim();
  if (!words) return;
  stopReading();
  const message = { id: newId(), text: words, label: label || words, state: 'sending' };
  messages.set(message.id, message);
  quietOlderReplies(message.id);
  log.append(drawMine(message));
  reveal(message.node);
  send(message);
}

/** One at a time, so that messages arrive in the order they were written. */
function send(message) {
  const started = conversation;
  setState(message, 'sending');
  setDelivery(message);
  updateTyping();
  outbox = outbox.then(() => deliver(message, () => started === conversation && message.state !== 'answered'));
}

async function deliver(message, isWanted) {
  for (const delay of RETRY_AFTER_MS) {
    if (delay) onRetry(message);
    await pause(delay);
    if (!isWanted()) return;
    const response = await post(message);
    if (!isWanted()) return;
    if (response && response.status < 500) return response.ok ? onAccepted(message) : onRefused(message, response);
  }
  onFailed(message);
}

/** The same id twice is one message to the server. */
function post({ id, text }) {
  return request('/messages', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ text, id }) });
}

function onRetry(message) {
  setState(message, 'retrying');
  setDelivery(message, 'Đang gửi…');
  updateTyping();
}

function onAccepted(message) {
  setState(message, 'sent');
  setDelivery(message);
  waitFor(message.id);
}

function onFailed(message) {
  setState(message, 'failed');
  setDelivery(message, resendButton(message, 'Chưa gửi được – chạm để gửi lại'));
  updateTyping();
  announce('Chưa gửi được tin nhắn.');
}

const REFUSALS = {
  413: 'Tin nhắn dài quá. Anh/chị viết ngắn lại giúp nhé.',
  422: 'Tin nhắn dài quá. Anh/chị viết ngắn lại giúp nhé.',
  429: 'Anh/chị nhắn nhanh quá. Chờ một chút rồi gửi lại nhé.',
};

async function onRefused(message, response) {
  const body = await response.json().catch(() => null);
  const reason = (body && body.error && body.error.message) || REFUSALS[response.status] || 'Máy chủ chưa nhận tin nhắn này.';
  const mustChange = [400, 413, 422].includes(response.status);
  setState(message, 'refused');
  setDelivery(message, make('p', { className: 'reason' }, reason),
    mustChange ? editButton(message) : resendButton(message, 'Chưa gửi được – chạm để gửi lại'));
  updateTyping();
  announce(reason);
}

function resendButton(message, label) {
  const button = make('button', { type: 'button', className: 'resend' }, label);
  button.addEventListener('click', () => send(message));
  return button;
}

function editButton(message) {
  const button = make('button', { type: 'button', className: 'edit' }, 'Sửa lại câu này');
  button.addEventListener('click', () => {
    messages.delete(message.id);
    rememberMessages();
    message.node.remove();
    input.value = message.text;
    onTyped();
    input.focus();
  });
  return button;
}

function resendFailed() {
  for (const message of messages.values()) if (message.state === 'failed') send(message);
}

// ---------------------------------------------------------------- waiting for a reply

const waiting = new Map();  // message id → its timers

function waitFor(id) {
  const message = messages.get(id);
  stopWaiting(id);
  if (message && message.state === 'answered') return;
  waiting.set(id, [
    setTimeout(connect, STILL_WAITING_MS),
    setTimeout(() => giveUpWaiting(id), GIVE_UP_WAITING_MS),
  ]);
  updateTyping();
}

function stopWaiting(id) {
  (waiting.get(id) || []).forEach(clearTimeout);
  waiting.delete(id);
  updateTyping();
}

function giveUpWaiting(id) {
  const message = messages.get(id);
  stopWaiting(id);
  if (message) setDelivery(message, resendButton(message, 'Chưa có câu trả lời – chạm để gửi lại'));
}

function updateTyping() {
  const isBusy = waiting.size > 0 || Array.from(messages.values()).some((message) => message.state === 'sending');
  const line = byId('typing');
  if (isBusy === Boolean(line.firstChild)) return;
  line.textContent = '';
  if (isBusy) line.append(make('span', { className: 'dots', 'aria-hidden': 'true' }, make('i'), make('i'), make('i')), 'đang trả lời…');
  if (isBusy) keepEnd();
}

// ---------------------------------------------------------------- replies from the server

const seenEvents = new Set();
let lastEventId = 0;

function noteEvent(id) {
  if (!Number.isInteger(id)) return true;
  if (seenEvents.has(id)) return false;
  seenEvents.add(id);
  lastEventId = Math.max(lastEventId, id);
  thisTab.set('last', lastEventId);
  return true;
}

function quietOlderReplies(turnId) {
  log.querySelectorAll('.reply:not(.old)').forEach((node) => node.classList.toggle('old', node.dataset.turn !== String(turnId)));
}

function onReply({ id, in_reply_to: turnId, replies }) {
  if (!noteEvent(id)) return;
  const message = messages.get(turnId);
  if (message) {
    setState(message, 'answered');
    setDelivery(message);
  }
  const isFollowing = followsEnd;
  stopWaiting(turnId);
  if (!replies || !replies.length) return;
  quietOlderReplies(turnId);
  const nodes = replies.map((reply) => drawReply(reply, turnId));
  log.append(...nodes);
  if (isFollowing) reveal(startOf(message, nodes[0]));
  else offerJump(nodes[0]);
}

/** Keep the question in view above its answer, unless it is long or further up. */
function startOf(message, replyNode) {
  const isJustAbove = message && message.node.nextElementSibling === replyNode;
  return isJustAbove && message.node.offsetHeight < scroller.clientHeight / 3 ? message.node : replyNode;
}

let stream = null;
let failures = 0;
let reconnectTimer = null;

function connect() {
  disconnect();
  const opened = new EventSource(`${API}/events${lastEventId ? `?after=${lastEventId}` : ''}`);
  stream = opened;
  opened.addEventListener('open', () => {
    failures = 0;
    setConnected(true);
  });
  opened.addEventListener('reply', (event) => receive(event, onReply));
  opened.addEventListener('typing', (event) => receive(event, ({ in_reply_to: turnId }) => { if (turnId) waitFor(turnId); }));
  opened.addEventListener('error', () => {
    setConnected(false);
    if (opened.readyState === EventSource.CLOSED && stream === opened) reconnectLater();  // an HTTP error: the browser gives up
  });
}

function disconnect() {
  clearTimeout(reconnectTimer);
  if (stream) stream.close();
  stream = null;
}

function reconnectLater() {
  const wait = Math.min(RECONNECT_MAX_MS, 1000 * 2 ** failures) * (0.75 + Math.random() / 2);
  failures += 1;
  clearTimeout(reconnectTimer);
  reconnectTimer = setTimeout(connect, wait);
}

function receive(event, handle) {
  let data;
  try {
    data = JSON.parse(event.data);
  } catch (error) {
    return;  // not ours
  }
  handle(data);
}

let disconnectedTimer = null;

function setConnected(isConnected) {
  clearTimeout(disconnectedTimer);
  if (isConnected) showConnection('');
  else disconnectedTimer = setTimeout(() => showConnection('Mất kết nối với máy chủ. Đang nối lại…'), 4000);
}

function showConnection(words) {
  const line = byId('connection');
  const text = navigator.onLine ? words : 'Đang mất mạng. Có mạng lại là tin nhắn sẽ được gửi.';
  if (line.textContent !== text) line.textContent = text;
}

function watchConnection() {
  window.addEventListener('offline', () => showConnection(''));
  window.addEventListener('online', () => {
    showConnection('');
    connect();
    resendFailed();
  });
  window.addEventListener('pagehide', () => { stopReading(); disconnect(); });
  window.addEventListener('pageshow', (event) => { if (event.persisted) connect(); });
  document.addEventListener('visibilitychange', () => { if (!document.hidden && stream && stream.readyState === EventSource.CLOSED) connect(); });
  if (!navigator.onLine) showConnection('');
}

// ---------------------------------------------------------------- the past

/** The turns, or null if they cannot be had. */
async function fetchHistory() {
  for (const delay of [0, 1000, 3000]) {
    await pause(delay);
    const response = await request('/history');
    const body = response && response.ok ? await response.json().catch(() => null) : null;
    if (body) return body.turns || [];
    if (response && response.status < 500) return null;
  }
  return null;
}

function drawHistory(turns, remembered) {
  const words = new Map(remembered.map((message) => [message.id, message]));
  const titles = new Map();  // what a button sent → what it said
  for (const turn of turns) for (const reply of turn.replies || []) for (const choice of reply.buttons || []) titles.set(choice.payload, choice.title);
  const nodes = [];
  for (const turn of turns) {
    const known = words.get(turn.id) || (turn.text && { text: turn.text, label: titles.get(turn.text) || turn.text });
    words.delete(turn.id);
    const isAnswered = Number.isInteger(turn.event_id) || (turn.replies || []).length > 0;
    if (known) {
      const message = { id: turn.id, text: known.text, label: known.label, state: isAnswered ? 'answered' : 'sent' };
      messages.set(message.id, message);
      nodes.push(drawMine(message));
    }
    if (isAnswered && noteEvent(turn.event_id)) nodes.push(...(turn.replies || []).map((reply) => drawReply(reply, turn.id)));
  }
  if (!nodes.length) return;
  const isPartial = turns.some((turn) => !messages.has(turn.id));
  const title = isPartial ? 'Phần trước (câu hỏi cũ không được lưu)' : 'Phần trước';
  log.prepend(make('p', { className: 'divider' }, make('span', null, title)), ...nodes);
  quietOlderReplies(turns[turns.length - 1].id);
  const last = turns[turns.length - 1];
  if (!Number.isInteger(last.event_id) && !(last.replies || []).length) waitFor(last.id);
}

/** Written in this tab before a reload, and never confirmed by the server. */
function drawUnsent(remembered) {
  for (const { id, text, label, state } of remembered) {
    if (messages.has(id) || !['sending', 'retrying', 'failed'].includes(state)) continue;
    const message = { id, text, label, state };
    messages.set(id, message);
    log.append(drawMine(message));
    onFailed(message);
  }
}

async function start() {
  const remembered = thisTab.get('messages') || [];
  const turns = await fetchHistory();
  if (turns && turns.length) drawHistory(turns, remembered);
  else if (!turns) lastEventId = thisTab.get('last') || 0;  // the past is out of reach; at least do not replay it
  drawUnsent(remembered);
  if (log.lastElementChild) reveal(log.lastElementChild);
  connect();
  setTimeout(() => {
    log.setAttribute('aria-live', 'polite');
    sendTicketFromAddress();  // its answer is read out
  }, 500);
}

// ---------------------------------------------------------------- composer

function onTyped() {
  input.style.height = 'auto';
  input.style.height = `${input.scrollHeight + 2}px`;  // 2: its border
  const left = TEXT_MAX - input.value.length;
  const counter = byId('counter');
  counter.textContent = input.value.length >= COUNTER_FROM ? `Còn ${left} ký tự` : '';
  counter.classList.toggle('full', left === 0);
  if (left === 0) announce('Đã hết chỗ, tối đa 1000 ký tự.');
  warnOfNumbers();
}

/** A citizen's number or a phone number, with or without blanks; dossier codes have other signs in between. */
function warnOfNumbers() {
  const words = /\d{9,12}/.test(input.value.replace(/(\d)\s+(?=\d)/g, '$1')) ? 'Anh/chị đừng gửi số căn cước, số điện thoại hay mã OTP nhé. Tôi không cần đến.' : '';
  if (byId('warning').textContent !== words) byId('warning').textContent = words;
}

function prepareComposer() {
  input.addEventListener('input', onTyped);
  window.addEventListener('resize', onTyped);
  input.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;  // composing: the input method is placing accents
    event.preventDefault();
    sendTyped();
  });
  composer.addEventListener('submit', (event) => {
    event.preventDefault();
    sendTyped();
  });
  byId('welcome').addEventListener('click', (event) => {
    const example = event.target.closest('.examples button');
    if (example) say(example.textContent);
  });
}

function sendTyped() {
  if (!input.value.trim()) return input.focus();
  const words = input.value;
  input.value = '';
  onTyped();
  say(words);
}

// ---------------------------------------------------------------- header: large text, menu, deletion

function setBigText(isBig) {
  document.documentElement.classList.toggle('big', isBig);
  byId('big-text').setAttribute('aria-pressed', String(isBig));
  thisDevice.set('big', isBig);
  onTyped();
}

function prepareMenu() {
  const menu = byId('menu');
  const opener = byId('menu-button');
  const toggle = (isOpen) => {
    menu.hidden = !isOpen;
    opener.setAttribute('aria-expanded', String(isOpen));
  };
  opener.addEventListener('click', () => toggle(menu.hidden));
  menu.addEventListener('click', () => toggle(false));
  opener.parentNode.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || menu.hidden) return;
    toggle(false);
    opener.focus();
  });
  document.addEventListener('click', (event) => { if (!opener.parentNode.contains(event.target)) toggle(false); });
  opener.parentNode.addEventListener('focusout', (event) => {
    if (event.relatedTarget && !opener.parentNode.contains(event.relatedTarget)) toggle(false);
  });
}

function prepareForgetting() {
  const dialog = byId('confirm');
  byId('forget').addEventListener('click', () => {
    byId('confirm-error').textContent = '';
    if (dialog.showModal) dialog.showModal();
    else if (window.confirm(`${byId('confirm-title').textContent}\n${byId('confirm-text').textContent}`)) forget(dialog);
  });
  dialog.addEventListener('close', () => byId('menu-button').focus());
  byId('confirm-forget').addEventListener('click', (event) => {
    event.preventDefault();
    forget(dialog);
  });
}

async function forget(dialog) {
  const button = byId('confirm-forget');
  button.disabled = true;
  const response = await request('/me', { method: 'DELETE' });
  button.disabled = false;
  if (!response || !response.ok) {
    byId('confirm-error').textContent = 'Chưa xoá được. Anh/chị thử lại sau ít phút nhé.';
    return;
  }
  const body = await response.json().catch(() => ({}));
  if (dialog.open) dialog.close();
  startAfresh(body.message || 'Đã xoá dữ liệu của anh/chị.');
}

function startAfresh(words) {
  conversation += 1;
  outbox = Promise.resolve();
  stopReading();
  Array.from(waiting.keys()).forEach(stopWaiting);
  messages.clear();
  seenEvents.clear();
  lastEventId = 0;
  thisTab.drop('messages');
  thisTab.drop('last');
  log.textContent = '';
  updateTyping();
  endJump();
  input.value = '';
  onTyped();
  log.append(make('p', { className: 'note' }, words));
  scrolling().scrollTop = 0;
  connect();
}

// ---------------------------------------------------------------- mã phiếu: the checklist goes to another device

const TICKET_CODE = /^\s*mc[- ]?[a-z0-9]{4}[- ]?[a-z0-9]{4}\s*$/i;
const ticketBox = byId('ticket');
let isTicketOnItsWay = false;

async function openTicket(label) {
  if (isTicketOnItsWay) return;
  if (!ticketBox.showModal) return say('mã phiếu', 'Chuyển sang điện thoại');  // an old browser: the code comes as an answer
  const before = conversation;
  const words = label.textContent;
  isTicketOnItsWay = true;
  label.textContent = 'Đang lấy mã…';
  const response = await request('/ticket', { method: 'POST' });
  const body = response ? await response.json().catch(() => null) : null;
  isTicketOnItsWay = false;
  label.textContent = words;
  if (before !== conversation) return;
  if (response && response.ok && body) fillTicket(body);
  else byId('ticket-problem').textContent = (body && body.error && body.error.message) || 'Chưa lấy được mã phiếu. Anh/chị thử lại sau ít phút nhé.';
  ticketBox.classList.toggle('empty', byId('ticket-problem').textContent !== '');
  ticketBox.addEventListener('close', () => label.parentNode.focus(), { once: true });
  ticketBox.showModal();
  document.documentElement.classList.add('with-ticket');
}

/** As an image the drawing can run no script and take on no style, wherever it came from. */
function fillTicket({ code, procedure, expires_at: expiresAt, links, qr }) {
  byId('ticket-procedure').textContent = titleOf(procedure);
  byId('ticket-qr').src = 'data:image/svg+xml;charset=utf-8,' + encodeURIComponent(qr);
  byId('ticket-code').textContent = code;
  byId('ticket-until').textContent = `Mã dùng một lần, đến ${inVietnam(expiresAt, TIME)} ngày ${inVietnam(expiresAt, DAY)}. Mã không chứa thông tin cá nhân.`;
  byId('ticket-date').textContent = `Ngày lập: ${inVietnam(Date.now(), DAY)}`;
  const others = Object.entries(links).map(([place, url]) => ({ title: `Mở trên ${place}`, url }));
  const drawn = drawLinks(others.filter(({ url }) => !url.startsWith(window.location.origin)));  // here it would be used up
  byId('ticket-links').replaceChildren(...(drawn ? drawn.children : []));
}

/** A ticket is for the checklist under way, which need not be the one whose button was pressed. */
function titleOf(procedure) {
  const panels = Array.from(log.querySelectorAll('.reply')).filter((reply) => reply.dataset.procedure === procedure && reply.querySelector('.checklist'));
  return panels.length ? panels[panels.length - 1].querySelector('.checklist h3').textContent : '';
}

const TIME = { hour: '2-digit', minute: '2-digit' };
const DAY = { day: '2-digit', month: '2-digit', year: 'numeric' };
const inVietnam = (moment, style) => new Date(moment).toLocaleString('vi-VN', { timeZone: 'Asia/Ho_Chi_Minh', ...style });

function prepareTicket() {
  byId('ticket-print').addEventListener('click', () => window.print());
  ticketBox.addEventListener('close', () => {  // the next one at this machine does not find it
    document.documentElement.classList.remove('with-ticket');
    for (const part of ['problem', 'procedure', 'code', 'until', 'date', 'links']) byId(`ticket-${part}`).textContent = '';
    byId('ticket-qr').removeAttribute('src');
  });
}

/** From a QR or a link: sent once, and gone from the address, so that a reload does not send it again. */
function sendTicketFromAddress() {
  const address = new URL(window.location.href);
  const code = address.searchParams.get('phieu');
  if (code === null) return;
  address.searchParams.delete('phieu');
  window.history.replaceState(null, '', address.href);
  if (TICKET_CODE.test(code)) say(code);
}

// ---------------------------------------------------------------- go

prepareComposer();
prepareMenu();
prepareForgetting();
prepareTicket();
watchScrolling();
watchConnection();
fitAboveKeyboard();
offerReading();
byId('big-text').addEventListener('click', () => setBigText(!document.documentElement.classList.contains('big')));
setBigText(thisDevice.get('big') === true);
start();
