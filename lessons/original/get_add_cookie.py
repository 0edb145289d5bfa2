def get_add_cookie(request):
    """cookie自增函数的ajax访问"""
    # 1.获取浏览器发送请求时的res值
    res = request.COOKIES["res"]
    # 2.将获取到的值加1
    res = int(res) + 1
    # 3.生成json对象
    json = JsonResponse({"res": res})
    # 4.将新的res值保存到cookie
    json.set_cookie('res', res, expires=datetime.now()+timedelta(days=14))

    return json
