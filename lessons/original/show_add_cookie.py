def show_add_cookie(request):
    """自增cookie"""
    # 1.设置一个变量判断是否有值
    has_key = False
    if request.COOKIES.has_key('res'):
        print(request.COOKIES)
        res = request.COOKIES['res']
        has_key = True

    # 2.根据has_key判断response的发送内容
    if has_key:
        response = render(request, 'booktest/add.html', {'res': res})
    else:
        response = render(request, 'booktest/add.html', {'res': 0})
        # response.set_cookie('res', 0, max_age=10)
        # max_age  代表10秒之后过期
        response.set_cookie('res', 0, expires=datetime.now()+timedelta(days=14))
        # expires=datetime.now()+timedelta(days=14) 代表从当前时间开始14天之后过期

    # 3.返回响应的对象
    return response
