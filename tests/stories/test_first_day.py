"""The first day of the waste-sorting case, row by row: from the division of work to handed-on matters.

Cards are written as they read: title, rows and remark with ``｜`` between them, then the buttons. Not
played here: a unit that asks for another to lead in its place (申请改派) and what follows from it.
"""

from pathlib import Path

from tests.stories.play import Play, Seen, played


def shows(seen: Seen, card: str, *buttons: str) -> None:
    """The message reads exactly so."""
    assert seen.text.splitlines() == card.split("｜")
    assert seen.buttons == buttons


async def imported(play: Play) -> None:
    await play.at(11, 23, 8, 40)
    await play.say("陈立", "新建专项垃圾分类，环保局牵头，今天启动", file=play.sandbox.sample)


async def with_groups(play: Play) -> None:
    await imported(play)
    await play.press("陈立", "都按周五")
    for name in ("王磊", "李娜", "许静"):
        await play.say(name, "本群用于垃圾分类", group=True)
        await play.press("陈立", "确认")


async def dispatched(play: Play) -> None:
    await with_groups(play)
    await play.at(11, 23, 9, 5)
    await play.say("陈立", "下发 依据市政办发〔2026〕31号")


async def signed_and_specified(play: Play) -> None:
    await dispatched(play)
    await play.press("李娜", "全部签收")
    await play.say("李娜", "T1T2给高宁")
    await play.say("高宁", "T1 城管局12月9号前给执法意见，社区办12月9号前给小区底数")
    await play.press("高宁", "发出")


async def test_a_division_of_work_is_read_into_drafts_and_asks_the_one_thing_it_must(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await imported(play)  # 1.01; the file and the sentence are two messages on DingTalk, one answer
        shows(
            play.one("陈立"),
            "任务分工表已读，请核对｜专项：垃圾分类，11月23日（周一）启动｜事项：8 项，4 家牵头，配合 13 项次"
            "｜问一处：T6、T7 只写“每周”，定周几？｜待明确：13 项配合都没写要什么"
            "｜暂定：T4 2027年1月5日（周二）"
            "｜2027 年放假安排尚未公布，T4 先按周末和元旦推算，公布后复核。社区办配合 7 项，最多。"
            "现在都是草稿，没有发给任何人。",
            *("都按周五", "看全表", "重新传"),
        )
        assert not play.everybody_else("陈立")

        await play.press("陈立", "都按周五")  # 1.02
        shows(
            play.one("陈立"),
            "T6、T7 定为每周五｜首期：11月27日（周五）｜遇放假：顺延到下一个工作日",
            *("预览", "修改"),
        )


async def test_a_group_serves_an_initiative_once_the_office_says_so(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await imported(play)
        for name, platform, group, proposer in (
            ("王磊", "wecom", "垃圾分类·城管（企业微信）", "城管局 王磊"),
            ("李娜", "dingtalk", "垃圾分类·环保（钉钉）", "环保局 李娜"),
            # One group for two units: the office reads which, since it confirms both.
            ("许静", "feishu", "垃圾分类·社区（飞书）", "社区办 许静｜单位：社区办、物业协会"),
        ):
            await play.say(name, "本群用于垃圾分类", group=True)  # 1.03
            shows(
                play.group(platform)[0],
                "已请督查室确认｜专项：垃圾分类｜确认前，本群不发任何事项。",
            )
            shows(play.one("陈立"), f"请确认群｜群名：{group}｜提出：{proposer}", "确认", "不是")
            assert not play.everybody_else("陈立")

            await play.press("陈立", "确认")  # 1.04
            (welcome,) = play.group(platform)
            shows(
                welcome,
                "本群用于“垃圾分类”｜办事：@督办助手 直接说，或私聊我｜材料：请私聊发我"
                "｜涉密、敏感信息和居民个人信息不得发到群里。没有 @ 我的话，我看不到。",
                "怎么用",
            )
            assert not play.everybody_else("陈立")


async def test_the_preview_says_who_does_what_and_how_much_will_be_sent(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await with_groups(play)
        await play.at(11, 23, 8, 58)
        await play.press("陈立", "预览")  # 1.05
        shows(
            play.one("陈立"),
            "环保局：牵头 T1 T2 T3 T8，配合 T4｜城管局：牵头 T7，配合 T1 T8"
            "｜社区办：牵头 T4，配合 T1 T2 T3 T5 T6 T7 T8｜物业协会：牵头 T5 T6，配合 T4 T7 T8"
            "｜将发 11 条：3 个群、4 位联络员、4 位分管负责人（知悉）各 1 条。"
            "｜请写明依据（文号或会议）。",
            *("下发", "呈审定", "暂不发"),
        )
        assert not play.everybody_else("陈立")

        await play.press("陈立", "呈审定")
        shows(play.one("陈立"), "“垃圾分类”的任务分工已呈周副市长审定，答复了告诉您。", "撤回")
        shows(
            play.one("周明"),
            "请您审定：垃圾分类任务分工｜启动：11月23日（周一）｜事项：8 项，4 家牵头，配合 13 项次"
            "｜最早：11月27日（周五），指导居民正确投放｜最晚：2027年1月5日（周二），联合入户宣传"
            "｜呈报：督查室 陈立｜您同意以后，由督查室写明依据下发；现在还没有发给任何单位。",
            *("同意下发", "不同意", "看全表"),
        )
        await play.press("周明", "同意下发")
        shows(play.one("周明"), "好，已告诉督查室：同意下发“垃圾分类”。", "撤回")
        shows(
            play.one("陈立"),
            "周副市长同意下发｜专项：垃圾分类｜下发时请写明依据（文号或会议）。",
            *("下发", "暂不发"),
        )
        assert not play.everybody_else("陈立", "周明")


async def test_dispatch_reaches_groups_liaisons_and_heads_each_with_their_own_part(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await dispatched(play)  # 1.06
        shows(
            play.one("陈立"),
            "垃圾分类已下发｜依据：市政办发〔2026〕31号｜事项：8 项，已发 11 条"
            "｜签收：11月24日（周二）18:00 前｜10 分钟内可撤回，撤回时会告知已收到的人。",
            *("看签收", "撤回"),
        )
        groups = {
            "dingtalk": "环保局：牵头 T1 T2 T3 T8，配合 T4｜最近：T8 11月27日（周五）｜联络员李娜已收到。",
            "wecom": "城管局：牵头 T7，配合 T1 T8｜最近：T7 11月27日（周五）｜联络员王磊已收到。",
            "feishu": "社区办：牵头 T4，配合 T1-T3 T5-T8｜物业协会：牵头 T5 T6，配合 T4 T7 T8"
            "｜最近：T6 11月27日（周五）｜联络员许静、吴桐已收到。",
        }
        for platform, rows in groups.items():
            (posted,) = play.group(platform)
            shows(posted, f"垃圾分类任务已下发｜{rows}看清单请说：@督办助手 部门任务")
        sign_by = "请在 11月24日（周二）18:00 前签收。"
        # A matter is called by its title in the table, not by a shorter name that nobody gave it.
        liaisons = {
            "李娜": "环保局牵头 4 项，请签收｜T1：制定生活垃圾分类标准，12月14日（周一）"
            "｜T2：编印宣传材料，12月21日（周一）｜T3：培训社区工作人员，12月28日（周一）"
            "｜T8：汇总参与率与准确率，每周五｜配合：T4，待社区办明确要什么",
            "王磊": "城管局牵头 1 项，请签收｜T7：违规投放执法检查，每周五｜配合：T1 T8，待环保局明确要什么",
            "许静": "社区办牵头 1 项，请签收｜T4：联合入户宣传，2027年1月5日（周二）（暂定）"
            "｜配合：T1 T2 T3 等 7 项，待牵头单位明确要什么",
            "吴桐": "物业协会牵头 2 项，请签收｜T5：设置分类投放点，12月21日（周一）"
            "｜T6：指导居民正确投放，每周五｜配合：T4 T7 T8，待牵头单位明确要什么",
        }
        for name, card in liaisons.items():
            shows(play.one(name), f"{card}｜{sign_by}", "全部签收", "逐项看", "有异议")
        heads = {
            "何川": ("环保局牵头 4 项", "李娜"),
            "罗建": ("城管局牵头 1 项", "王磊"),
            "苏岚": ("社区办牵头 1 项", "许静"),
            "方志": ("物业协会牵头 2 项", "吴桐"),
        }
        for name, (what, liaison) in heads.items():
            shows(play.one(name), f"知悉：{what}｜依据：市政办发〔2026〕31号｜联络员：{liaison}", "看清单")
        assert not play.everybody_else("陈立", *liaisons, *heads)


async def test_a_liaison_signs_for_everything_and_hands_it_on_inside_the_unit(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await dispatched(play)
        await play.at(11, 23, 9, 12)
        await play.press("李娜", "全部签收")  # 1.07
        # Nobody is proposed for the work (某某); what was signed can be taken back for ten minutes.
        shows(
            play.one("李娜"),
            "已签收 4 项｜事项：T1、T2、T3、T8｜请定经办人，不定就由您办。可以直接说“T1给某某”。",
            "撤回",
        )
        assert not play.everybody_else("李娜")

        await play.say("李娜", "T1T2给高宁")
        shows(play.one("李娜"), "已分办｜高宁：T1、T2｜李娜：T3、T8", "撤回")
        shows(
            play.one("高宁"),
            "李娜分给您 2 项｜T1：制定生活垃圾分类标准，12月14日（周一）｜T2：编印宣传材料，12月21日（周一）"
            "｜先做：写明 T1 要两家配合什么"
            "｜请在 11月25日（周三）前写明。没写明之前，配合单位不计时、不计分。",
            *("明确配合", "看全部"),
        )
        assert not play.everybody_else("李娜", "高宁")


async def test_the_lead_says_what_is_wanted_and_two_platforms_hear_their_part(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await dispatched(play)
        await play.press("李娜", "全部签收")
        await play.say("李娜", "T1T2给高宁")
        await play.at(11, 23, 9, 25)
        await play.say("高宁", "T1 城管局12月9号前给执法意见，社区办12月9号前给小区底数")  # 1.08
        shows(
            play.one("高宁"),
            "T1 配合事项，请核对｜城管局：执法意见，12月9日（周三）｜社区办：小区底数，12月9日（周三）"
            "｜您的时限是 12月14日（周一），收齐后还有 3 个工作日。",
            *("发出", "修改"),
        )
        assert not play.everybody_else("高宁")

        await play.press("高宁", "发出")
        shows(play.one("高宁"), "已发城管局王磊、社区办许静。", "撤回")
        for name, unit, what in (("王磊", "城管局", "执法意见"), ("许静", "社区办", "小区底数")):
            shows(
                play.one(name),
                f"T1 请{unit}配合｜牵头：环保局 高宁｜要什么：{what}｜时限：12月9日（周三）",
                *("签收", "商量时限", "有异议"),
            )
        assert not play.everybody_else("高宁", "王磊", "许静")


async def test_signing_and_handing_on_in_one_sentence_in_the_group(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await signed_and_specified(play)
        await play.at(11, 23, 9, 31)
        await play.say("王磊", "T1、T7 城管局签收，都给丁凯", group=True)  # 1.09
        (answer,) = play.group("wecom")
        shows(answer, "城管局已签收 2 项｜T7：牵头，每周五｜T1：配合，12月9日（周三）｜经办：丁凯", "撤回")
        # T7 has two units to co-operate, as 高宁's T1: the same first step is his.
        shows(
            play.one("丁凯"),
            "王磊分给您 2 项｜T7：违规投放执法检查，每周五｜T1：配合环保局，12月9日（周三）"
            "｜先做：写明 T7 要两家配合什么"
            "｜请在 11月25日（周三）前写明。没写明之前，配合单位不计时、不计分。",
            *("明确配合", "看全部"),
        )
        assert not play.everybody_else("丁凯")
        await play.press("丁凯", "看全部")
        shows(
            play.one("丁凯"),
            "您的事项 2 项｜T7：违规投放执法检查，每周五｜T1：配合环保局，12月9日（周三）",
        )

        await play.at(11, 23, 9, 33)
        await play.say("王磊", "收到，马上办", group=True)
        assert not play.group("wecom")
        assert not play.everybody_else()


async def test_a_matter_stays_with_its_handler_until_the_colleague_takes_it(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await signed_and_specified(play)
        await play.at(11, 23, 10, 50)
        await play.say("高宁", "T2转给李娜，我下周脱产学习")  # 1.13
        shows(play.one("高宁"), "T2 等李娜接收｜时限：12月21日（周一），不变｜接收前仍由您负责。", "撤回")
        shows(
            play.one("李娜"),
            "高宁转给您 T2｜事项：编印宣传材料｜时限：12月21日（周一）｜说明：下周脱产学习",
            *("接收", "不接"),
        )
        await play.press("李娜", "接收")
        shows(play.one("高宁"), "T2 已由李娜接收。")
        shows(play.one("李娜"), "T2 由您负责了，时限 12月21日（周一），不变。")
        assert not play.everybody_else("高宁", "李娜")

        await play.at(11, 24, 8, 36)
        shows(play.one("何川"), "今日待办 11月24日（周二）｜转交：T2 高宁转给李娜")


async def test_a_new_matter_said_in_one_group_reaches_the_units_of_another(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await signed_and_specified(play)
        await play.at(11, 23, 15)
        await play.say("陈立", "请社区办牵头、物业协会配合，周四前报12个试点小区名单", group=True)  # 1.14
        shows(play.group("dingtalk")[0], "请陈立在私聊里核对。")
        shows(
            play.one("陈立"),
            "新事项 T9，请核对｜牵头：社区办｜配合：物业协会，要什么由社区办明确"
            "｜事项：报12个试点小区名单｜时限：11月26日（周四）18:00",
            *("发出", "修改", "不发"),
        )
        assert not play.everybody_else("陈立")

        await play.press("陈立", "发出", title="T9")
        shows(
            play.one("许静"),
            "T9 请社区办牵头｜事项：报12个试点小区名单｜时限：11月26日（周四）18:00"
            "｜配合：物业协会，请写明要什么",
            *("签收", "商量时限", "有异议"),
        )
        shows(play.one("陈立"), "T9 已交办，已告诉许静。", "撤回")
        for platform in ("dingtalk", "feishu"):
            # The day and what was said are parted by a comma: the words may be a thing or a deed.
            (posted,) = play.group(platform)
            shows(posted, "T9 已交办社区办：11月26日（周四）前，报12个试点小区名单，物业协会配合。")
        assert not play.group("wecom")
        assert not play.everybody_else("陈立", "许静")


async def test_at_five_the_office_reads_how_far_the_units_have_signed(tmp_path: Path) -> None:
    async with played(tmp_path) as play:
        await signed_and_specified(play)
        await play.say("王磊", "T1、T7 城管局签收，都给丁凯", group=True)
        await play.press("许静", "全部签收", title="社区办牵头")
        await play.press("吴桐", "全部签收")
        await play.say("陈立", "请社区办牵头、物业协会配合，周四前报12个试点小区名单")
        await play.press("陈立", "发出", title="T9")

        await play.at(11, 23, 17, 1)  # 1.15
        shows(
            play.one("陈立"),
            "垃圾分类：首日签收｜牵头：9 项，已签收 8 项｜未签收：T9 社区办，11月24日（周二）到时"
            "｜配合：14 项，已明确 2，待明确 12"
            "｜11月24日（周二）08:35 由我提醒社区办，不用您催。",
            "看明细",
        )
        # Work that came today is not asked about today: no reminder to write a log.
        assert not play.everybody_else("陈立")
        await play.press("陈立", "看明细")
        shows(
            play.one("陈立"),
            "垃圾分类：签收情况｜牵头：9 项，已签收 8 项｜未签收：社区办 T9｜配合：14 项，已明确 2，待明确 12"
            "｜11月24日（周二）18:00 到时。",
        )

        await play.at(11, 24, 8, 36)
        assert "待签收：T9，11月24日（周二）到时" in play.one("许静")
        assert not play.everybody_else("许静")
