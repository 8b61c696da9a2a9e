// The emoji of the picker: each with its English and its Chinese name, by which it is found.

export const GROUPS = [
  ["Ratings and marks", [
    ["1️⃣", "one", "一"], ["2️⃣", "two", "二"], ["3️⃣", "three", "三"], ["4️⃣", "four", "四"], ["5️⃣", "five", "五"],
    ["❤️", "heart, keep", "心 收藏"], ["🚩", "flag, report", "旗 举报"], ["⭐", "star", "星"], ["🌟", "glowing star", "闪亮的星"], ["✨", "sparkles", "闪光"],
    ["✅", "tick, done", "对勾 完成"], ["❌", "cross, no", "叉 不"], ["❓", "question", "问号"], ["❗", "exclamation", "感叹号"], ["💯", "hundred", "一百分"],
    ["🏆", "trophy", "奖杯"],
  ]],
  ["Faces", [
    ["😀", "grin", "笑"], ["😂", "tears of joy", "笑哭"], ["🙂", "smile", "微笑"], ["😉", "wink", "眨眼"], ["😍", "heart eyes", "爱心眼"],
    ["🥰", "loving", "喜爱"], ["😎", "sunglasses, cool", "墨镜 酷"], ["🤩", "star-struck", "崇拜"], ["🤔", "thinking", "思考"], ["😮", "surprised", "惊讶"],
    ["😢", "crying", "哭"], ["😭", "sobbing", "大哭"], ["😡", "angry", "生气"], ["😴", "asleep", "睡"], ["🤯", "mind blown", "震惊"],
    ["🥳", "party", "庆祝"], ["😅", "sweat", "汗"], ["🙃", "upside down", "倒脸"], ["😱", "scream", "尖叫"], ["🤖", "robot", "机器人"],
  ]],
  ["Hands and hearts", [
    ["👍", "thumbs up", "赞"], ["👎", "thumbs down", "踩"], ["👏", "clapping", "鼓掌"], ["🙌", "raised hands", "举手"], ["🙏", "thanks, please", "谢谢 拜托"],
    ["👋", "wave", "挥手"], ["✌️", "victory", "胜利"], ["👌", "ok", "好的"], ["💪", "strong", "力量"], ["👀", "eyes, looking", "眼睛 看"],
    ["🧡", "orange heart", "橙心"], ["💛", "yellow heart", "黄心"], ["💚", "green heart", "绿心"], ["💙", "blue heart", "蓝心"], ["💜", "purple heart", "紫心"],
    ["💔", "broken heart", "心碎"],
  ]],
  ["Making", [
    ["🎨", "palette, painting", "调色板 画"], ["🖼️", "picture", "图片"], ["✍️", "writing", "写"], ["📜", "scroll", "卷轴"], ["📖", "book", "书"],
    ["🎵", "music", "音乐"], ["🎸", "guitar", "吉他"], ["🎬", "film", "电影"], ["🎭", "theatre", "戏剧"], ["🔁", "again", "重复"],
    ["🔍", "search", "搜索"], ["💡", "idea", "主意"], ["⏳", "waiting", "等待"], ["🗑️", "bin, delete", "删除"], ["🎲", "dice, chance", "骰子"],
    ["🧪", "experiment", "实验"],
  ]],
  ["Nature and things", [
    ["🐱", "cat", "猫"], ["🐶", "dog", "狗"], ["🦊", "fox", "狐狸"], ["🐼", "panda", "熊猫"], ["🦉", "owl", "猫头鹰"],
    ["🐢", "turtle", "乌龟"], ["🌸", "blossom", "樱花"], ["🌈", "rainbow", "彩虹"], ["🔥", "fire", "火"], ["🌊", "wave", "海浪"],
    ["🌙", "moon", "月亮"], ["☀️", "sun", "太阳"], ["⚡", "lightning", "闪电"], ["❄️", "snow", "雪"], ["🍎", "apple", "苹果"],
    ["🍕", "pizza", "披萨"], ["🍵", "tea", "茶"], ["🎂", "cake", "蛋糕"], ["🎉", "celebration", "庆祝"], ["🚀", "rocket", "火箭"],
    ["🚑", "ambulance", "救护车"], ["⛵", "sailing boat", "帆船"], ["🏮", "lantern", "灯笼"], ["🗼", "tower", "塔"],
  ]],
];
