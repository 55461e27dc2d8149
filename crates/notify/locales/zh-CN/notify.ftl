# 渠道自己的文字：续页、省略与页脚。
label-colon = ：
more-items = … 另有 { $count } 项
top-items = … 仅显示 TOP { $shown }，另有 { $count } 项
lines-left-out = … 另有 { $count } 行未显示
mark-single = 运行 { $run }
mark-part = 第 { $part }/{ $parts } 部分 · 运行 { $run }
mention-notice = 请关注：{ $title }
cut-off = （内容过长，已省略）
# 机器人拒绝时的处理办法。
trouble-keyword = 消息里没有机器人要求的关键词：把 keyword 设成机器人安全设置里的关键词。
trouble-signature = 签名不符：检查 secret 是否为该机器人的加签密钥，以及本机时间是否准确。
trouble-address = 本机出口 IP 不在机器人的白名单里：把它加进机器人的 IP 地址段。
trouble-robot-gone = 机器人不存在、已停用或群已解散：重新创建机器人并更新 webhook。
trouble-payload = 对方不接受这条消息的格式：这是程序的问题，请附上答复原文反馈。
trouble-redirect = 对方要求跳转到别的地址；从不跟随跳转，请直接填写最终地址。
trouble-forbidden-address = 该地址不允许作为 webhook：元数据服务、链路本地地址以及非回环的明文 http 均被拒绝。
trouble-mail-refused = 邮件服务器拒绝了这封邮件：检查发件人、收件人与授权码。
trouble-mail-login = 邮件服务器不接受登录：检查用户名与授权码。
trouble-unknown = 对方给出了未知的错误码：请查阅答复原文。
trouble-expired = 一直送不到，已放弃。
trouble-unreadable = 待发内容由更新的版本写入，本版本读不懂：请升级后重试。
