def get_add_session(request):
    """ajax自增session"""
    # 1.获取发送过来的值
    res = request.session["res"]
    # 2.实现自增
    res = int(res) + 1
    # 3.将自增后的值保存到session
    request.session['res'] = res
    # 4.返回json对象
    return JsonResponse({"res": res})
