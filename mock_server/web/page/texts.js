// The page's own words, in the language that the browser prefers: the mock reads its Accept-Language.

const TEXTS = {
  en: {
    journal: "Requests", scenarios: "Scenarios", resources: "Resources", sessions: "Sessions", catalogue: "Catalogue", contract: "Contract",
    session: "Session", profile: "profile", views: "Views", skip: "Skip to content", live: "live", lost: "the mock does not answer",
    none: "No request yet. Try:", tokenOf: "$RAINBOND_TOKEN is to be the token of", search: "Search", status: "Status", all: "All answers", older: "Show older ones", dropped: "older ones made room",
    pause: "Pause", clear: "Clear", clearWhy: "Forget the requests", reset: "Start over", resetWhy: "Forget requests, progress, state and kept resources",
    copy: "Copy", copied: "Copied", problems: "What is wrong", violations: "The answer breaks the contract", forwarded: "answered by the deployment",
    answer: "Answered with", answered: "Answered by scenario", nearest: "Nearest scenario; it does not answer because:", would: "it would answer now",
    scenario: "Scenario", noScenario: "No scenario in this session.", headers: "Headers", body: "Body", sent: "As a command", event: "Event id",
    make: "Make a scenario of this", state: "State", add: "Add", edit: "New scenario (JSON or YAML)", saved: "Added.",
    remove: "Switch off", restore: "Switch on", end: "End", endWhy: "Forget all about it", open: "Open", newSession: "Another session",
    sessionsWhy: "Each session has its own requests, scenarios, state and resources. A client names its session in a header, or with a URL of its own.",
    asHeader: "Header", asUrl: "URL", keptNothing: "Nothing is kept here yet.", keeps: "keeps",
    everything: "There is no catalogue: every token of the right form may call, and everything exists.",
    users: "Users", docs: "Try it in Swagger UI", file: "The file", answers: "Answers",
    "refusal unknown-path": "There is no such path", "refusal no-token": "No token was sent", "refusal unknown-token": "The token is not known",
    "refusal method-not-allowed": "This path has no such method", "refusal unsupported-media-type": "This operation does not read such a media type",
    "refusal parse-error": "The body cannot be read", "refusal invalid-body": "The request is not valid", "refusal not-found": "Nothing is kept there",
    "refusal already-exists": "There is one with this id",
  },
  zh: {
    journal: "请求", scenarios: "场景", resources: "资源", sessions: "会话", catalogue: "目录", contract: "契约",
    session: "会话", profile: "模式", views: "视图", skip: "跳到内容", live: "实时", lost: "模拟服务没有响应",
    none: "还没有请求。试一试：", tokenOf: "$RAINBOND_TOKEN 应是此用户的令牌：", search: "搜索", status: "状态码", all: "全部应答", older: "显示更早的请求", dropped: "条更早的请求已被移除",
    pause: "暂停", clear: "清空", clearWhy: "忘记所有请求", reset: "重新开始", resetWhy: "忘记请求、进度、状态和保留的资源",
    copy: "复制", copied: "已复制", problems: "问题所在", violations: "应答违反契约", forwarded: "由真实部署应答",
    answer: "应答", answered: "应答场景", nearest: "最接近的场景，它没有应答，因为：", would: "现在会应答它",
    scenario: "场景", noScenario: "此会话没有场景。", headers: "请求头", body: "请求体", sent: "对应的命令", event: "事件 ID",
    make: "据此创建场景", state: "状态", add: "添加", edit: "新场景（JSON 或 YAML）", saved: "已添加。",
    remove: "停用", restore: "启用", end: "结束", endWhy: "忘记它的一切", open: "打开", newSession: "另一个会话",
    sessionsWhy: "每个会话有自己的请求、场景、状态和资源。客户端用请求头或专用的 URL 指明会话。",
    asHeader: "请求头", asUrl: "URL", keptNothing: "这里还没有保留任何内容。", keeps: "保留",
    everything: "没有目录：任何格式正确的令牌都可以调用，一切资源都存在。",
    users: "用户", docs: "在 Swagger UI 中试用", file: "契约文件", answers: "应答",
    "refusal unknown-path": "没有这个路径", "refusal no-token": "没有发送令牌", "refusal unknown-token": "令牌未知",
    "refusal method-not-allowed": "这个路径没有这个方法", "refusal unsupported-media-type": "这个操作不接受该媒体类型",
    "refusal parse-error": "无法读取请求体", "refusal invalid-body": "请求无效", "refusal not-found": "这里没有保留任何内容",
    "refusal already-exists": "已有相同 ID 的资源",
  },
}

export const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en"
export const text = name => TEXTS[language][name]
export const known = text  // for a name that may have no words

// The part in the page's language of a text that says the same in English and Chinese: `One / 一`.
export function inLanguage(both) {
  const parts = both.split(" / ")
  return parts.length === 2 ? parts.find(part => /[\u4e00-\u9fff]/.test(part) === (language === "zh")) ?? both : both
}

// What each language has words for; a test holds them equal.
export const names = () => Object.values(TEXTS).map(each => Object.keys(each).sort())
