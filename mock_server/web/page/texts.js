// The page's own words, in the language that the browser prefers.

const TEXTS = {
  en: {
    journal: "Requests", scenarios: "Scenarios", sessions: "Sessions", catalogue: "Catalogue", contract: "Contract",
    session: "Session", live: "live", lost: "the mock does not answer", none: "No request yet. Try:",
    copy: "Copy", clear: "Clear", reset: "Start over", problems: "What is wrong", answered: "Answered by scenario",
    nearest: "Nearest scenario", would: "would answer it now", headers: "Headers", body: "Body", sent: "As a command",
    make: "Make a scenario of this", state: "State", set: "Set", add: "Add", edit: "New scenario (JSON or YAML)",
    remove: "Off", restore: "On", end: "End", open: "Open", everything: "There is no catalogue: every token of the right form may call, and everything exists.",
    users: "Users", docs: "Try it in Swagger UI", file: "The file", answers: "Answers", violations: "The answer breaks the contract",
    forwarded: "answered by the deployment", saved: "Added.", ms: "ms", event: "Event id", example: "Answer",
  },
  zh: {
    journal: "请求", scenarios: "场景", sessions: "会话", catalogue: "目录", contract: "契约",
    session: "会话", live: "实时", lost: "模拟服务没有响应", none: "还没有请求。试一试：",
    copy: "复制", clear: "清空", reset: "重新开始", problems: "问题所在", answered: "应答场景",
    nearest: "最接近的场景", would: "现在会应答它", headers: "请求头", body: "请求体", sent: "对应的命令",
    make: "据此创建场景", state: "状态", set: "设置", add: "添加", edit: "新场景（JSON 或 YAML）",
    remove: "停用", restore: "启用", end: "结束", open: "打开", everything: "没有目录：任何格式正确的令牌都可以调用，一切资源都存在。",
    users: "用户", docs: "在 Swagger UI 中试用", file: "契约文件", answers: "应答", violations: "应答违反契约",
    forwarded: "由真实部署应答", saved: "已添加。", ms: "毫秒", event: "事件 ID", example: "应答",
  },
}

export const language = navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en"
export const text = name => TEXTS[language][name]

// What each language has words for; a test holds them equal.
export const names = () => Object.values(TEXTS).map(each => Object.keys(each).sort())
